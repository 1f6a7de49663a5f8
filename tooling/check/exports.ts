import ts from "typescript";
import { toTarget } from "./imports.ts";
import type { CodeFile, Member } from "./workspace.ts";
import { lineOf } from "./workspace.ts";

/** A name that a file gives away. */
export interface ExportedName {
  readonly name: string;
  /** Its name in the file it comes from. */
  readonly original: string;
  /** The module it is re-exported from; undefined when it is declared in the file itself. */
  readonly from?: string;
  readonly line: number;
}

/** A declaration and the file it stands in. */
export interface Declared {
  readonly file: CodeFile;
  readonly statement: ts.Statement;
}

/** Every name a file exports, without `export *` and `export default`. */
export function exportsOf(file: CodeFile): ExportedName[] {
  return file.source.statements.flatMap((statement) => {
    const line = lineOf(file.source, statement);
    if (ts.isExportDeclaration(statement)) return listed(file, statement);
    return isExported(statement) ? declaredNames(statement).map((name) => ({ name, original: name, line })) : [];
  });
}

/** Follows re-exports inside one package; undefined when the name comes from another one or is nowhere. */
export function findDeclaration(member: Member, file: CodeFile, name: string, depth = 0): Declared | undefined {
  const own = file.source.statements.find((statement) => declaredNames(statement).includes(name));
  if (own !== undefined) return { file, statement: own };
  const link = exportsOf(file).find((candidate) => candidate.name === name && candidate.from !== undefined);
  const target = link?.from === undefined ? undefined : toTarget(file, link.from);
  const next = member.files.find((candidate) => candidate.path === target);
  if (link === undefined || next === undefined || depth > 10) return undefined;
  return findDeclaration(member, next, link.original, depth + 1);
}

/** True when a doc comment stands before the statement, or before an overload of it. */
export function isDocumented(declared: Declared): boolean {
  const names = declaredNames(declared.statement);
  return declared.file.source.statements
    .filter((statement) => declaredNames(statement).some((name) => names.includes(name)))
    .some((statement) => ts.getJSDocCommentsAndTags(statement).some((node) => ts.isJSDoc(node) && hasWords(node)));
}

function hasWords(node: ts.JSDoc): boolean {
  return (ts.getTextOfJSDocComment(node.comment) ?? "").trim() !== "";
}

function listed(file: CodeFile, statement: ts.ExportDeclaration): ExportedName[] {
  const clause = statement.exportClause;
  if (clause === undefined || !ts.isNamedExports(clause)) return [];
  const from = statement.moduleSpecifier;
  return clause.elements.map((element) => ({
    name: element.name.text,
    original: (element.propertyName ?? element.name).text,
    line: lineOf(file.source, element),
    ...(from !== undefined && ts.isStringLiteralLike(from) ? { from: from.text } : {}),
  }));
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap((declaration) => (ts.isIdentifier(declaration.name) ? [declaration.name.text] : []));
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

function isExported(statement: ts.Statement): boolean {
  return ts.canHaveModifiers(statement) && (ts.getModifiers(statement) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
}
