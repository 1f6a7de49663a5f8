import ts from "typescript";
import type { Finding, Rule } from "../violation.ts";
import type { CodeFile } from "../workspace.ts";
import { filesOf, lineOf, walk } from "../workspace.ts";

/** In lines, but for parameters. Raise a number only in the commit that says why. */
export const limits: Readonly<Record<"src" | "test" | "function" | "parameters" | "agents", number>> = { src: 300, test: 500, function: 60, parameters: 4, agents: 120 };

/** A file is read in one go. */
export const fileSize: Rule = {
  name: "file-size",
  *check(workspace) {
    for (const { file } of filesOf(workspace, "src", "test")) {
      const limit = file.role === "test" ? limits.test : limits.src;
      const lines = file.source.text.replace(/\n$/, "").split("\n").length;
      if (lines > limit) yield { path: file.path, line: limit + 1, message: `has ${lines} lines, at most ${limit}; move a concept into a file of its own` };
    }
  },
};

/** A function is seen at once. The callback of a `describe` is a list, not a function. */
export const functionSize: Rule = {
  name: "function-size",
  *check(workspace) {
    for (const { file } of filesOf(workspace, "src", "test")) {
      yield* functionFindings(file, (node) => {
        const lines = file.source.getLineAndCharacterOfPosition(node.end).line + 2 - lineOf(file.source, node);
        return lines > limits.function && !isDescribed(node) ? `has ${lines} lines, at most ${limits.function}; give a part of it a name` : undefined;
      });
    }
  },
};

/** More than four parameters are an object that has no name yet. */
export const parameterCount: Rule = {
  name: "parameter-count",
  *check(workspace) {
    for (const { file } of filesOf(workspace, "src", "test")) {
      yield* functionFindings(file, (node) => {
        const count = node.parameters.length;
        return count > limits.parameters ? `has ${count} parameters, at most ${limits.parameters}; give an object` : undefined;
      });
    }
  },
};

function functionFindings(file: CodeFile, problemOf: (node: ts.FunctionLikeDeclaration) => string | undefined): Finding[] {
  const found: Finding[] = [];
  walk(file.source, (node) => {
    if (!ts.isFunctionLike(node) || !("body" in node)) return;
    const message = problemOf(node);
    if (message !== undefined) found.push({ path: file.path, line: lineOf(file.source, node), message: `function ${nameOf(node)} ${message}` });
  });
  return found;
}

function isDescribed(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && /^describe\b/.test(node.parent.expression.getText());
}

function nameOf(node: ts.FunctionLikeDeclaration): string {
  const name = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
  return name?.getText() ?? "without a name";
}
