import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { OmniError } from "@omni/core";
import { toOmniError } from "@omni/core";
import type { TurnHandle } from "@omni/runtime";
import { findNearestName } from "@omni/runtime";
import type { McpExchange, McpPlace } from "./mcp-place.ts";
import { followCall } from "./follow-call.ts";
import { isCallable } from "./tool-page.ts";
import { toCallResult, toRefusedResult, toTakenResult } from "./call-result.ts";

/** Most calls of one client at once. */
const mostRunning = 64;

/** Most texts that were cut whose sessions are remembered. */
const mostPages = 256;

/** The calls of one client. */
export interface ToolCalls {
  /** Runs one. What goes wrong with it is a result; throws an error of the protocol for a tool that is not there, and for one call too many. */
  run(call: { readonly name: string; readonly arguments?: object | undefined }, exchange: McpExchange): Promise<CallToolResult>;
  /** True while one runs. */
  readonly isBusy: boolean;
  /** Resolves when none runs any more. */
  idle(): Promise<void>;
}

/**
 * Each call is a turn of its own without a model, in a session of its own, by
 * the same dispatcher, policy and record as any other. So calls run side by
 * side, and none makes a session grow. A long result is cut as it is for a
 * model; `session.page` is run in the session that keeps the rest.
 */
export function createToolCalls(place: McpPlace): ToolCalls {
  const { runtime, origin } = place;
  const pages = new Map<string, string>();
  const running = new Set<Promise<CallToolResult>>();
  const run = async (name: string, args: object, exchange: McpExchange): Promise<CallToolResult> => {
    const known = "checkpointId" in args && typeof args.checkpointId === "string" ? pages.get(args.checkpointId) : undefined;
    const sessionId = known ?? `${origin}:mcp-${crypto.randomUUID()}`;
    let handle: TurnHandle;
    try {
      handle = await submit(`${name} ${JSON.stringify(args)}`, sessionId, exchange, place);
    } catch (error) {
      return toRefusedResult(toTold(error, name, place), place.principal);
    }
    try {
      const { outcome, gaveUp } = await followCall(handle, exchange, place);
      const events = await runtime.store.events(outcome.turnId);
      const cut = events.find((event) => event.type === "tool-result")?.checkpointId;
      if (cut !== undefined) remember(pages, cut, sessionId);
      return toCallResult(events, outcome, { gaveUp, principal: place.principal });
    } catch (error) {
      return toTakenResult(toTold(error, name, place), { turnId: handle.turnId, principal: place.principal });
    }
  };
  return {
    async run(call, exchange) {
      await runtime.listed();
      checkName(call.name, place);
      if (running.size >= mostRunning) throw new McpError(ErrorCode.InvalidRequest, `${mostRunning} calls of this client are running; wait for an answer first.`);
      const result = run(call.name, call.arguments ?? {}, exchange);
      running.add(result);
      return result.finally(() => running.delete(result));
    },
    get isBusy() {
      return running.size > 0;
    },
    idle: async () => void (await Promise.all(running)),
  };
}

function checkName(name: string, { runtime: { tools } }: McpPlace): void {
  if (tools.find(name) !== undefined && isCallable(name)) return;
  const nearest = findNearestName(name, tools.list().map(({ tool }) => tool.name));
  throw new McpError(ErrorCode.InvalidParams, `There is no tool ${JSON.stringify(name.slice(0, 100))}.${nearest === undefined ? "" : ` Did you mean ${nearest}?`}`);
}

function submit(text: string, sessionId: string, { elicit }: McpExchange, { principal, origin, settings, ...place }: McpPlace): Promise<TurnHandle> {
  const { asks, workspace, autonomy } = settings;
  return place.submit({
    text,
    sessionId,
    principal,
    origin,
    interactive: asks === "people" || elicit !== undefined,
    ...(workspace === undefined ? {} : { workspace }),
    ...(autonomy === undefined ? {} : { autonomy }),
  });
}

/** What is told of an error; a defect is logged. */
function toTold(error: unknown, tool: string, { runtime }: McpPlace): OmniError {
  const told = toOmniError(error);
  if (told.code === "internal") runtime.log.error("a call of an MCP client broke", { tool, message: told.stack ?? told.message });
  return told;
}

function remember(pages: Map<string, string>, checkpointId: string, sessionId: string): void {
  pages.set(checkpointId, sessionId);
  for (const oldest of pages.keys()) {
    if (pages.size <= mostPages) return;
    pages.delete(oldest);
  }
}
