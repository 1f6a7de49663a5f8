import type { LastTurn } from "../last-turn.ts";

/** What the newest request was made of. */
export function toBudgetLine(last: LastTurn | undefined): readonly string[] {
  if (last?.request === undefined) return [];
  const { estimatedTokens, budgetTokens, classes } = last.request;
  const parts = Object.entries(classes).filter(([, tokens]) => tokens > 0).map(([name, tokens]) => `${name} ${tokens}`);
  return [`last request: ${estimatedTokens} of ${budgetTokens} tokens (${parts.join(", ")})`];
}
