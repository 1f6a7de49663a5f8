import { rules } from "./rules.ts";
import type { Violation } from "./violation.ts";
import { readWorkspace } from "./workspace.ts";

/** What the law of the house finds in a repository, by path and line. */
export function checkWorkspace(root: string): { readonly packages: number; readonly files: number; readonly violations: readonly Violation[] } {
  const workspace = readWorkspace(root);
  const violations = rules.flatMap((rule) => [...rule.check(workspace)].map((finding) => ({ ...finding, rule: rule.name })));
  return {
    packages: workspace.members.length,
    files: workspace.members.reduce((sum, member) => sum + member.files.length, 0),
    violations: violations.toSorted(byPlace),
  };
}

function byPlace(one: Violation, other: Violation): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return one.line - other.line;
}
