import { builtinModules } from "node:module";
import { importsOf, toPackageName, toTarget } from "../imports.ts";
import type { Import } from "../imports.ts";
import type { Rule } from "../violation.ts";
import type { CodeFile, Member, Workspace } from "../workspace.ts";
import { filesOf } from "../workspace.ts";
import { whyNot } from "./manifest-arrows.ts";

/** Import statements point down too, name only declared packages, and stay inside their own. */
export const importArrows: Rule = {
  name: "import-arrows",
  *check(workspace) {
    for (const { member, file } of filesOf(workspace, "src", "test")) {
      if (member.kind === "private") continue;
      for (const mention of importsOf(file)) {
        const message = problemOf(workspace, member, file, mention);
        if (message !== undefined) yield { path: file.path, line: mention.line, message };
      }
    }
  },
};

function problemOf(workspace: Workspace, member: Member, file: CodeFile, mention: Import): string | undefined {
  const target = toTarget(file, mention.specifier);
  if (target !== undefined) {
    const isInside = target.startsWith(`${member.folder}/`) || file.role === "test";
    return isInside ? undefined : `${mention.specifier} leads out of the package; import the package by its name`;
  }
  const name = toPackageName(mention.specifier);
  if (name === undefined || isBuiltin(name) || name === member.manifest.name) return undefined;
  const neighbour = workspace.members.find((candidate) => candidate.manifest.name === name);
  const isForTests = file.role === "test";
  const reason = neighbour === undefined ? undefined : (whyNot(member, neighbour, isForTests) ?? whyNotHere(file, neighbour));
  if (reason !== undefined) return `${name} is an arrow that does not point down: ${reason}; use a contract of core instead`;
  return isDeclared(member, name, isForTests) ? undefined : `${name} is not in ${isForTests ? "" : "dependencies of "}${member.folder}/package.json; add it there or leave it`;
}

function isDeclared(member: Member, name: string, isForTests: boolean): boolean {
  const { dependencies, peerDependencies, devDependencies } = member.manifest;
  if (dependencies.includes(name) || peerDependencies.includes(name)) return true;
  // What every test may use stands in the root's package.json.
  return isForTests && (devDependencies.includes(name) || ["vitest", "fast-check", "typescript"].includes(name));
}

/** The gateway is a library over any runtime, and beside it a program that picks the preset. */
function whyNotHere(file: CodeFile, to: Member): string | undefined {
  const isLibrary = file.role === "src" && file.path.startsWith("apps/gateway/") && file.path !== "apps/gateway/src/main.ts";
  return isLibrary && to.kind === "preset" ? "the gateway is given a runtime; only its main.ts picks the preset" : undefined;
}

function isBuiltin(name: string): boolean {
  return name.startsWith("node:") || builtinModules.includes(name);
}
