import type { ToolDefinition } from "@omni/core";
import type { RegisteredTool } from "./parts.ts";
import type { TokenCost } from "./token-cost.ts";
import { sum } from "./token-cost.ts";

/**
 * Shares of the budget that foreign tools may take, the next where the
 * request does not fit with the one before. A quarter holds some 60 tools
 * of servers in the smallest usual context, and leaves room for the work.
 */
export const foreignShares: readonly number[] = [0.25, 0.1, 0];

/** A tool as the model is shown it. */
interface Shown {
  readonly owner: string;
  readonly trusted: boolean;
  readonly definition: ToolDefinition;
}

/** Tools that fit, in the order they came in, and how many were left out. */
export interface FittedTools {
  readonly tools: readonly ToolDefinition[];
  readonly leftOut: number;
}

/** Chooses the tools of a request among those registered: at most `mostForeign` tokens of foreign ones. */
export type ToolFitter = (registered: readonly RegisteredTool[], mostForeign: number) => FittedTools;

/** A fitter for one turn, which makes and counts each tool once. */
export function createToolFitter(cost: TokenCost): ToolFitter {
  const known = new WeakMap<RegisteredTool, Shown>();
  const show = (tool: RegisteredTool): Shown => {
    const shown = known.get(tool) ?? toShown(tool);
    known.set(tool, shown);
    return shown;
  };
  return (registered, mostForeign) => fitTools(registered.map(show), mostForeign, cost);
}

/**
 * The tools as the model is shown them. Trusted ones all; foreign ones as far
 * as they take at most `mostForeign` tokens: small servers go first, so that
 * one with a thousand tools, or with a huge schema, costs its own tools only.
 * What is left out stays in the registry, for people and for whoever knows
 * its name. The same list and bound always give the same answer, so the
 * prefix of the requests stays the same.
 */
function fitTools(shown: readonly Shown[], mostForeign: number, cost: TokenCost): FittedTools {
  const foreign = shown.filter((each) => !each.trusted);
  if (costOf(foreign, cost) <= mostForeign) return { tools: shown.map((each) => each.definition), leftOut: 0 };
  const owners = [...Map.groupBy(foreign, (each) => each.owner).values()].map((tools) => ({ tools, tokens: costOf(tools, cost) })).toSorted((left, right) => left.tokens - right.tokens);
  const kept = new Set<Shown>();
  let room = mostForeign;
  for (const tool of owners.flatMap((owner) => owner.tools)) {
    const tokens = costOf([tool], cost);
    if (tokens > room) continue;
    room -= tokens;
    kept.add(tool);
  }
  const fitting = shown.filter((each) => each.trusted || kept.has(each));
  return { tools: fitting.map((each) => each.definition), leftOut: shown.length - fitting.length };
}

function toShown({ tool, effect, trusted }: RegisteredTool): Shown {
  const definition = { name: tool.name, description: tool.description, inputSchema: tool.inputSchema, readOnly: effect === "read" };
  return { owner: tool.name.split(".", 1)[0] ?? "", trusted, definition };
}

function costOf(shown: readonly Shown[], cost: TokenCost): number {
  return sum(shown.map((each) => cost.tools([each.definition])));
}
