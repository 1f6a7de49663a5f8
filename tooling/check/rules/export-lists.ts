import ts from "typescript";
import type { Rule } from "../violation.ts";
import { filesOf, lineOf, walk } from "../workspace.ts";

/** A thing has one name, the one it was exported with. */
export const noDefaultExports: Rule = {
  name: "no-default-exports",
  *check(workspace) {
    for (const { file } of filesOf(workspace, "src")) {
      // Says what a vendor's module looks like, which is not ours to choose.
      if (file.path.endsWith(".d.ts")) continue;
      const lines: number[] = [];
      walk(file.source, (node) => {
        if (isDefault(node)) lines.push(lineOf(file.source, node));
      });
      for (const line of lines) yield { path: file.path, line, message: "exports a default; export it by its name" };
    }
  },
};

/** What a package gives away is read off its index, name by name. */
export const explicitIndex: Rule = {
  name: "explicit-index",
  *check(workspace) {
    for (const { member, file } of filesOf(workspace, "src")) {
      if (member.kind === "private" || !file.path.endsWith("/index.ts")) continue;
      for (const statement of file.source.statements) {
        if (isExplicit(statement)) continue;
        yield { path: file.path, line: lineOf(file.source, statement), message: 'is more than a list of names; write `export { name } from "./file.ts"` and nothing else' };
      }
    }
  },
};

function isExplicit(statement: ts.Statement): boolean {
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return false;
  return statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause);
}

function isDefault(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === "default";
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
}
