import type { BudgetClasses } from "@omni/core";
import { toTable } from "./table.ts";

/** What a request to the model was made of, in tokens as estimated. */
export interface RequestBudget {
  readonly estimatedTokens: number;
  readonly budgetTokens: number;
  readonly classes: BudgetClasses;
}

/** A request's parts as a table with their shares of the budget. */
export function toBudgetText(budget: RequestBudget | null, columns: number | undefined): string {
  if (budget === null) return "No request to a model was made in the newest turn.\n";
  const toShare = (tokens: number): string => `${((100 * tokens) / Math.max(1, budget.budgetTokens)).toFixed(1)} %`;
  const rows = Object.entries(budget.classes).map(([name, tokens]) => [name, String(tokens), toShare(tokens)]);
  const all = [...rows, ["all", String(budget.estimatedTokens), toShare(budget.estimatedTokens)], ["budget", String(budget.budgetTokens), ""]];
  return toTable(["PART", "TOKENS", "SHARE"], all, columns);
}
