import type { GateDecision, MemoryStats } from "@omni/core";
import type { FoundMemory, MemoryView } from "../commands/memory/memory-view.ts";
import type { TurnReasons } from "../commands/memory/explain-turn.ts";
import { toFit } from "./text-width.ts";
import { toOneLine } from "./safe-text.ts";
import { toTable } from "./table.ts";

/** Characters of a text that one line shows where the terminal has no width. */
const lineCharacters = 200;

/** What a search found: what a memory is on one line, what it says on the next. */
export function toFoundText(found: readonly FoundMemory[], { columns }: { readonly columns: number | undefined }): string {
  return found
    .map(({ score, similarity, utility, kind, at, id, scope, speaker, text }) => {
      const facts = [score.toFixed(2), `(similarity ${similarity.toFixed(2)}, utility ${utility.toFixed(2)})`, kind, toDay(at), toOneLine(id), toOneLine(scope), ...(speaker === undefined ? [] : [`said by ${toOneLine(speaker)}`])];
      return `${facts.join("  ")}\n    ${toShort(text, (columns ?? lineCharacters) - 4)}\n`;
    })
    .join("");
}

/** Memories as a table. */
export function toMemoriesTable(memories: readonly MemoryView[], columns: number | undefined): string {
  const rows = memories.map(({ id, kind, standing, utility, uses, scope, at, text }) => [id, kind, standing, utility.toFixed(2), String(uses), toDay(at), scope, toShort(text, lineCharacters)]);
  return toTable(["ID", "KIND", "STANDING", "UTILITY", "USES", "SAID", "SCOPE", "TEXT"], rows, columns);
}

/** What there is, in lines. */
export function toStatsText(stats: MemoryStats & { readonly memory: string; readonly widestScope: string; readonly scopes?: readonly string[] }): string {
  const { episodes, kinds, embedder, vectors, pending, promoted, retired, memory, scopes } = stats;
  const found = embedder === null ? "by words alone: there is no embedder" : `by words and by ${embedder}${vectors === undefined ? "" : ` (${vectors} have a vector, ${pending ?? 0} wait for one)`}`;
  const lines: readonly (readonly [name: string, text: string | undefined])[] = [
    ["memory", memory],
    ["remembered", `${episodes}${kinds === undefined ? "" : `: ${kinds.fact} facts, ${kinds.passage} passages, ${kinds.episode} experiences`}`],
    ["found", found],
    ["gate", promoted === undefined ? undefined : `${promoted} promoted, ${retired ?? 0} retired`],
    ["shared", stats.widestScope === "session" ? "nothing: what is said in a session stays in it (agent.memoryScope)" : `with what has the same ${stats.widestScope} (agent.memoryScope)`],
    ["kept for", scopes === undefined || scopes.length === 0 ? undefined : toScopesText(scopes)],
  ];
  return lines.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(12)}${toOneLine(text)}\n`])).join("");
}

/** Most scopes that are named. */
const mostScopes = 8;

function toScopesText(scopes: readonly string[]): string {
  const more = scopes.length - mostScopes;
  return `${scopes.slice(0, mostScopes).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** What the gate decided, in a table. */
export function toDecisionsText({ decayed, decisions }: { readonly decayed: number; readonly decisions: readonly (Omit<GateDecision, "q" | "at"> & { readonly utility: number })[] }, columns: number | undefined): string {
  const head = `${decayed} utilities moved toward 0.5; ${decisions.length === 0 ? "there was nothing new to decide about" : `${decisions.length} decisions`}.\n`;
  if (decisions.length === 0) return head;
  const rows = decisions.map(({ id, decision, utility, uses, successes, failures, trusted, reason }) => [id, decision, utility.toFixed(2), String(uses), `${successes}/${failures}`, trusted ? "yes" : "no", reason]);
  return `${head}${toTable(["ID", "DECISION", "UTILITY", "USES", "GOOD/BAD", "TRUSTED", "BECAUSE"], rows, columns)}`;
}

/** What a turn was shown, and what has become of it. */
export function toReasonsText({ turnId, sessionId, status, toolCalls, shown, blocks, historyFrom }: TurnReasons, columns: number | undefined): string {
  const completed = toolCalls.filter((call) => call.status === "completed").length;
  const tools = toolCalls.length === 0 ? "no tool was called" : `${completed} of ${toolCalls.length} tool calls completed`;
  const memories = shown.map((each) => (each.standing === "forgotten" ? [each.id, "", each.standing, "", "", "", ""] : [each.id, each.kind, each.standing, each.utility.toFixed(2), `${each.successes}/${each.failures}`, toDay(each.usedAt), toShort(each.text, lineCharacters)]));
  return [
    `${toOneLine(turnId)} of ${toOneLine(sessionId)}: ${status}, ${tools}; ${historyFrom === null ? "it saw no earlier turn" : `it saw the turns from ${toOneLine(historyFrom)} on`}\n`,
    shown.length === 0 ? "It was shown no memories.\n" : toTable(["MEMORY", "KIND", "NOW", "UTILITY", "GOOD/BAD", "COUNTED", "TEXT"], memories, columns),
    blocks.length === 0 ? "It came to no prompt.\n" : toTable(["BLOCK", "FROM", "ROLE", "CHARACTERS"], blocks.map(({ name, source, role, text }) => [name, source, role, String(text.length)]), columns),
  ].join("\n");
}

function toDay(at: string | null): string {
  return at === null ? "never" : at.slice(0, 10);
}

function toShort(text: string, most: number): string {
  return toFit(toOneLine(text.slice(0, most * 4)), Math.max(20, most));
}
