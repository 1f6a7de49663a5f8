import { createContext, Script } from "node:vm";

/** A place where an expression matches. */
export interface LineMatch {
  /** Index of the line in the lines given. */
  readonly index: number;
  /** Index of the first matching character in it. */
  readonly column: number;
}

/** Finds the lines that match, or says that the expression took too long for them. */
export type LineMatcher = (lines: readonly string[]) => readonly LineMatch[] | "too-slow";

/**
 * Tests lines against an expression under a watchdog. A backtracking
 * expression can need longer than the world has left, and it runs on the one
 * thread of the process; run as a script of its own it is stopped after
 * `timeoutMs`, whatever it looks like. So no expression has to be refused by
 * its looks.
 */
export function createLineMatcher(expression: RegExp, timeoutMs: number): LineMatcher {
  const input: { expression: RegExp; lines: readonly string[] } = { expression, lines: [] };
  const context = createContext(input);
  return (lines) => {
    input.lines = lines;
    try {
      return toMatches(matchScript.runInContext(context, { timeout: timeoutMs }));
    } catch (error) {
      // The error may be of the script's own realm, so its class says nothing.
      if (typeof error === "object" && error !== null && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return "too-slow";
      throw error;
    }
  };
}

/** Index and column of every match, one after the other. */
const matchScript: Script = new Script(`((expression, lines) => {
  const found = [];
  for (let index = 0; index < lines.length; index += 1) {
    const column = lines[index].search(expression);
    if (column !== -1) found.push(index, column);
  }
  return found;
})(expression, lines)`);

function toMatches(found: unknown): readonly LineMatch[] {
  if (!Array.isArray(found)) return [];
  const numbers = found.filter((each): each is number => typeof each === "number");
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({ index: numbers[index * 2] ?? 0, column: numbers[index * 2 + 1] ?? 0 }));
}
