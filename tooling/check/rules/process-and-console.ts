import ts from "typescript";
import type { Finding, Rule } from "../violation.ts";
import type { CodeFile } from "../workspace.ts";
import { filesOf, lineOf, walk } from "../workspace.ts";
import { isGlobal } from "../globals.ts";

const owned: readonly string[] = ["env", "exit", "chdir", "cwd", "exitCode", "stdin", "stdout", "stderr", "argv"];

/** The process and the console belong to the apps; the environment is also read where configuration is. */
export const processAndConsole: Rule = {
  name: "process-and-console",
  *check(workspace) {
    for (const { member, file } of filesOf(workspace, "src")) {
      if (member.kind === "app" || member.kind === "private" || file.path.startsWith("packages/runtime/src/config/")) continue;
      yield* findingsIn(file);
    }
  },
};

function findingsIn(file: CodeFile): Finding[] {
  const found: Finding[] = [];
  const report = (node: ts.Node, what: string): void => {
    found.push({ path: file.path, line: lineOf(file.source, node), message: `uses ${what}, which only apps own; take it as an option or as part of the host` });
  };
  walk(file.source, (node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const name = node.moduleSpecifier.text.replace(/^node:/, "");
      if (name === "process" || name === "console") report(node, `module ${name}`);
    }
    if (!ts.isIdentifier(node) || !["console", "process"].includes(node.text) || !isGlobal(node)) return;
    const property = ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node ? node.parent.name.text : undefined;
    if (node.text === "console") report(node, "console");
    else if (property === undefined) report(node, "process as a whole");
    else if (owned.includes(property)) report(node, `process.${property}`);
  });
  return found;
}
