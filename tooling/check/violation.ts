import type { Workspace } from "./workspace.ts";

/** One breach of the law of the house. */
export interface Violation {
  /** From the root of the repository. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  /** Name of the rule. */
  readonly rule: string;
  /** What is wrong, and what mends it. */
  readonly message: string;
}

/** What a rule reports: the place and the words. Its name is added by `checkWorkspace`. */
export type Finding = Omit<Violation, "rule">;

/** One concept of `pnpm check`. */
export interface Rule {
  readonly name: string;
  check(workspace: Workspace): Iterable<Finding>;
}
