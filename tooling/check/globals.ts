import ts from "typescript";

/**
 * True for an identifier that is read as a variable of the environment: no
 * property name, no key, no type, and not bound anywhere in its file. Scopes
 * are not told apart: one binding of the name clears the whole file.
 */
export function isGlobal(node: ts.Identifier): boolean {
  return isRead(node) && !bindingsOf(node.getSourceFile()).has(node.text);
}

function isRead(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node || (ts.isIdentifier(parent.expression) && parent.expression.text === "globalThis");
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent) || ts.isTypeElement(parent)) return false;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent)) return parent.name !== node;
  return !ts.isImportSpecifier(parent) && !ts.isExportSpecifier(parent) && !ts.isJSDoc(parent);
}

function bindingsOf(source: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const isBinding =
      ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node) || ts.isFunctionDeclaration(node) || ts.isImportSpecifier(node) || ts.isImportClause(node);
    if (isBinding && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}
