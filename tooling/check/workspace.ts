import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";
import type { Manifest } from "./manifest.ts";
import { toManifest } from "./manifest.ts";
import type { MemberKind, SlotPackage } from "./member-kind.ts";
import { toMemberKind, toSlotPackage } from "./member-kind.ts";

/** Where a file stands: what is shipped, what tests it, or what configures a tool. */
export type FileRole = "src" | "test" | "config";

/** A parsed TypeScript file. */
export interface CodeFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly role: FileRole;
  readonly source: ts.SourceFile;
}

/** A package of the workspace. */
export interface Member {
  /** From the root of the repository: `packages/core`. */
  readonly folder: string;
  readonly kind: MemberKind;
  /** Present for a package that fills a slot. */
  readonly slot?: SlotPackage;
  readonly manifest: Manifest;
  readonly files: readonly CodeFile[];
}

/** The repository, read once; every rule works on this. */
export interface Workspace {
  readonly root: string;
  readonly members: readonly Member[];
}

const alone: readonly string[] = ["bench", "examples", "tooling"];

/** Reads every package below `root`. A folder without package.json is none. */
export function readWorkspace(root: string): Workspace {
  const folders = [...foldersIn(root, "packages"), ...foldersIn(root, "apps"), ...alone];
  const members = folders.filter((folder) => existsSync(join(root, folder, "package.json"))).map((folder) => readMember(root, folder));
  return { root, members };
}

/** Every file of every member with its member. */
export function* filesOf(workspace: Workspace, ...roles: readonly FileRole[]): Generator<{ member: Member; file: CodeFile }> {
  for (const member of workspace.members) {
    for (const file of member.files) if (roles.includes(file.role)) yield { member, file };
  }
}

/** The 1-based line on which a node's own text begins. */
export function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** Calls `visit` for a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

function readMember(root: string, folder: string): Member {
  const manifest = toManifest(readFileSync(join(root, folder, "package.json"), "utf8"));
  const kind = toMemberKind(folder);
  const slot = toSlotPackage(folder);
  return { folder, kind, manifest, files: readFiles(root, folder, kind), ...(slot === undefined ? {} : { slot }) };
}

function readFiles(root: string, folder: string, kind: MemberKind): CodeFile[] {
  return typescriptBelow(root, folder).map((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return { path, role: toRole(folder, path, kind), source: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
  });
}

function toRole(folder: string, path: string, kind: MemberKind): FileRole {
  if (/\.(config|base)\.ts$/.test(path)) return "config";
  if (path.endsWith(".test.ts") || path.slice(folder.length).includes("/test/")) return "test";
  return kind === "private" || path.startsWith(`${folder}/src/`) ? "src" : "config";
}

function foldersIn(root: string, parent: string): string[] {
  if (!existsSync(join(root, parent))) return [];
  return readdirSync(join(root, parent)).toSorted().map((name) => `${parent}/${name}`);
}

function typescriptBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !["node_modules", "dist", "coverage"].includes(entry.name) && !entry.name.startsWith("."))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${basename(entry.name)}`;
      if (entry.isDirectory()) return typescriptBelow(root, path);
      return entry.isFile() && entry.name.endsWith(".ts") ? [path] : [];
    });
}
