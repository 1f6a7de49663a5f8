import ts from "typescript";
import type { Rule } from "../violation.ts";
import type { CodeFile } from "../workspace.ts";
import { filesOf, lineOf } from "../workspace.ts";

const collections: readonly string[] = ["Map", "Set", "WeakMap", "WeakSet", "Array"];

/** Packages keep no state of their own: two runtimes in one process share nothing. */
export const moduleState: Rule = {
  name: "module-state",
  *check(workspace) {
    for (const { member, file } of filesOf(workspace, "src")) {
      if (member.kind === "private" || !member.folder.startsWith("packages/")) continue;
      for (const { node, what } of statesIn(file)) {
        yield { path: file.path, line: lineOf(file.source, node), message: `keeps ${what} for the whole process; move it into the factory's closure, or type it read-only` };
      }
    }
  },
};

interface State {
  readonly node: ts.Node;
  readonly what: string;
}

function statesIn(file: CodeFile): State[] {
  return file.source.statements.filter(ts.isVariableStatement).flatMap((statement): State[] => {
    const { declarationList } = statement;
    if ((declarationList.flags & ts.NodeFlags.Const) === 0) return [{ node: statement, what: "a variable that can change" }];
    return declarationList.declarations.flatMap((node) => (isMutable(node) ? [{ node, what: "a collection that can change" }] : []));
  });
}

function isMutable(declaration: ts.VariableDeclaration): boolean {
  const { initializer, type } = declaration;
  if (initializer === undefined) return false;
  if (type !== undefined && isReadonlyType(type)) return false;
  if (ts.isNewExpression(initializer)) return ts.isIdentifier(initializer.expression) && collections.includes(initializer.expression.text);
  if (ts.isArrayLiteralExpression(initializer)) return initializer.elements.length === 0;
  return ts.isObjectLiteralExpression(initializer) && initializer.properties.length === 0;
}

function isReadonlyType(type: ts.TypeNode): boolean {
  if (ts.isTypeOperatorNode(type)) return type.operator === ts.SyntaxKind.ReadonlyKeyword;
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) && type.typeName.text.startsWith("Readonly");
}
