import ts from "typescript";
import type { Finding, Rule } from "../violation.ts";
import type { CodeFile } from "../workspace.ts";
import { filesOf, lineOf, walk } from "../workspace.ts";

/** `any` switches the compiler off. */
export const noAny: Rule = {
  name: "no-any",
  *check(workspace) {
    for (const { file } of filesOf(workspace, "src", "test", "config")) {
      yield* nodesIn(file, (node) => node.kind === ts.SyntaxKind.AnyKeyword, "says any; say unknown and look, or name the type");
    }
  },
};

/** `!` promises what nobody checked. */
export const noNonNull: Rule = {
  name: "no-non-null",
  *check(workspace) {
    for (const { file } of filesOf(workspace, "src", "test", "config")) {
      yield* nodesIn(file, isPromise, "says !; check for undefined, and throw in a test");
    }
  },
};

/** A silenced error is still one. */
export const noSilencing: Rule = {
  name: "no-silencing",
  *check(workspace) {
    for (const { file } of filesOf(workspace, "src", "test", "config")) {
      for (const [index, text] of file.source.text.split("\n").entries()) {
        const directive = /(?:\/\/|\/\*|^\s*\*)\s*@ts-(ignore|expect-error|nocheck)\b/.exec(text)?.[1];
        if (directive !== undefined) yield { path: file.path, line: index + 1, message: `silences the compiler with ts-${directive}; mend the type` };
      }
    }
  },
};

/** Tests replace an edge that is injected, never a module behind the back of the code. */
export const noModuleMocks: Rule = {
  name: "no-module-mocks",
  *check(workspace) {
    for (const { file } of filesOf(workspace, "src", "test", "config")) {
      yield* nodesIn(file, isModuleMock, "mocks a module; inject the edge instead");
    }
  },
};

function nodesIn(file: CodeFile, isFound: (node: ts.Node) => boolean, message: string): Finding[] {
  const found: Finding[] = [];
  walk(file.source, (node) => {
    if (isFound(node)) found.push({ path: file.path, line: lineOf(file.source, node), message });
  });
  return found;
}

function isPromise(node: ts.Node): boolean {
  if (ts.isNonNullExpression(node)) return true;
  return (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node)) && node.exclamationToken !== undefined;
}

function isModuleMock(node: ts.Node): boolean {
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return false;
  return ["vi", "vitest", "jest"].includes(node.expression.text) && ["mock", "doMock", "unmock", "doUnmock"].includes(node.name.text);
}
