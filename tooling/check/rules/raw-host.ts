import ts from "typescript";
import { isGlobal } from "../globals.ts";
import type { Rule } from "../violation.ts";
import type { CodeFile } from "../workspace.ts";
import { filesOf, lineOf, walk } from "../workspace.ts";

const modules: ReadonlyMap<string, string> = new Map([
  ["fs", "host.files"],
  ["fs/promises", "host.files"],
  ["child_process", "host.spawn"],
  ["http", "host.egress"],
  ["https", "host.egress"],
  ["http2", "host.egress"],
  ["net", "host.egress"],
  ["tls", "host.egress"],
  ["dgram", "host.egress"],
  ["dns", "host.egress"],
  ["dns/promises", "host.egress"],
  ["undici", "host.egress"],
  ["timers", "host.clock"],
  ["timers/promises", "host.clock"],
]);

const globals: ReadonlyMap<string, string> = new Map([
  ["fetch", "host.egress"],
  ["WebSocket", "host.egress"],
  ["setTimeout", "host.clock"],
  ["setInterval", "host.clock"],
  ["performance", "host.clock"],
]);

/** `Object.method` of the language or of `node:crypto` that reads the world. */
const methods: ReadonlyMap<string, string> = new Map([
  ["Date.now", "host.clock"],
  ["Math.random", "host.random"],
  ["crypto.randomUUID", "host.random"],
  ["crypto.getRandomValues", "host.random"],
  ["AbortSignal.timeout", "host.clock"],
]);

const cryptoNames: readonly string[] = ["randomUUID", "randomBytes", "randomInt", "getRandomValues"];

/** Each with its reason. */
const exceptions: ReadonlySet<string> = new Set([
  // Beside the tables, which its vendor library opens: locks, backups and fsync of a folder, which must be synchronous and are no business of the workspace's files.
  "packages/store-sqlite/src/state-folder.ts",
  // The same beside the memory's tables: whether the file is there, and making it for its owner alone.
  "packages/memory-sqlite/src/database-file.ts",
]);

/** Packages of a slot, and the agent, reach time, chance, files, network and processes only through what they are given. */
export const rawHost: Rule = {
  name: "raw-host",
  *check(workspace) {
    for (const { member, file } of filesOf(workspace, "src")) {
      if ((member.kind !== "slot" && member.kind !== "agent") || exceptions.has(file.path)) continue;
      for (const { node, what, instead } of usesIn(file)) {
        yield { path: file.path, line: lineOf(file.source, node), message: `uses ${what}; use ${instead}` };
      }
    }
  },
};

interface Use {
  readonly node: ts.Node;
  readonly what: string;
  readonly instead: string;
}

function usesIn(file: CodeFile): Use[] {
  const uses: Use[] = [];
  walk(file.source, (node) => {
    const use = toUse(node);
    if (use !== undefined) uses.push({ node, ...use });
  });
  return uses;
}

function toUse(node: ts.Node): Omit<Use, "node"> | undefined {
  if (ts.isStringLiteral(node)) return moduleUse(node);
  if (ts.isPropertyAccessExpression(node)) return named(methods, node.getText());
  if (ts.isNewExpression(node) && isDate(node.expression) && (node.arguments?.length ?? 0) === 0) return { what: "new Date()", instead: "host.clock" };
  if (ts.isCallExpression(node) && isDate(node.expression)) return { what: "Date()", instead: "host.clock" };
  return ts.isIdentifier(node) && globals.has(node.text) && isGlobal(node) ? named(globals, node.text) : undefined;
}

function moduleUse(literal: ts.StringLiteral): Omit<Use, "node"> | undefined {
  const { parent } = literal;
  const isImport = ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent);
  const isCall = ts.isCallExpression(parent) && (parent.expression.kind === ts.SyntaxKind.ImportKeyword || parent.expression.getText() === "require");
  if (!isImport && !isCall) return undefined;
  if (ts.isImportDeclaration(parent) && parent.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return undefined;
  const name = literal.text.replace(/^node:/, "");
  if (name === "crypto" && ts.isImportDeclaration(parent)) {
    const taken = cryptoNames.find((chance) => parent.importClause?.getText().match(/\w+/g)?.includes(chance));
    return taken === undefined ? undefined : { what: taken, instead: "host.random" };
  }
  return named(modules, name);
}

function named(table: ReadonlyMap<string, string>, what: string): Omit<Use, "node"> | undefined {
  const instead = table.get(what);
  return instead === undefined ? undefined : { what, instead };
}

function isDate(node: ts.Expression): boolean {
  return ts.isIdentifier(node) && node.text === "Date";
}
