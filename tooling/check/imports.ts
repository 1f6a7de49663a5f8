import { posix } from "node:path";
import ts from "typescript";
import type { CodeFile } from "./workspace.ts";
import { lineOf, walk } from "./workspace.ts";

/** One mention of another module. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Erased by the compiler. */
  readonly isTypeOnly: boolean;
  /** `import(…)`: loaded when it is reached. */
  readonly isDynamic: boolean;
}

/** Every import, re-export, dynamic import and import type of a file. A dynamic import of no literal has an empty specifier. */
export function importsOf(file: CodeFile): Import[] {
  const found: Import[] = [];
  walk(file.source, (node) => {
    const mention = toMention(node);
    if (mention !== undefined) found.push({ ...mention, line: lineOf(file.source, node) });
  });
  return found;
}

/** The package of a specifier: `@omni/core`, `openai`, `node:fs`; undefined for a relative one. */
export function toPackageName(specifier: string): string | undefined {
  if (specifier === "" || specifier.startsWith(".") || specifier.startsWith("/")) return undefined;
  if (specifier.startsWith("node:")) return specifier;
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? specifier);
}

/** The path from the root that a relative specifier means; undefined for a package. */
export function toTarget(file: CodeFile, specifier: string): string | undefined {
  return specifier.startsWith(".") ? posix.join(posix.dirname(file.path), specifier) : undefined;
}

type Mention = Omit<Import, "line">;

function toMention(node: ts.Node): Mention | undefined {
  if (ts.isImportDeclaration(node)) return staticMention(node.moduleSpecifier, isTypeOnlyImport(node));
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) return staticMention(node.moduleSpecifier, isTypeOnlyExport(node));
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return { specifier: textOf(node.arguments[0]), isTypeOnly: false, isDynamic: true };
  }
  if (ts.isImportTypeNode(node)) {
    const literal = ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
    return { specifier: textOf(literal), isTypeOnly: true, isDynamic: false };
  }
  return undefined;
}

function staticMention(specifier: ts.Expression, isTypeOnly: boolean): Mention {
  return { specifier: textOf(specifier), isTypeOnly, isDynamic: false };
}

function textOf(node: ts.Node | undefined): string {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : "";
}

function isTypeOnlyImport(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name !== undefined || bindings === undefined || ts.isNamespaceImport(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function isTypeOnlyExport(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true;
  const clause = node.exportClause;
  return clause !== undefined && ts.isNamedExports(clause) && clause.elements.length > 0 && clause.elements.every((element) => element.isTypeOnly);
}
