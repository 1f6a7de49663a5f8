import ts from "typescript";
import { exportsOf, findDeclaration } from "../exports.ts";
import type { SlotPackage } from "../member-kind.ts";
import type { Finding, Rule } from "../violation.ts";
import type { CodeFile, Member } from "../workspace.ts";
import { walk } from "../workspace.ts";

/** `packages/memory-map` is `@omni/memory-map`, `createMapMemory`, `MapMemoryOptions`, `mapMemoryOptions`, and an `omni` that says so. */
export const namesFromFolders: Rule = {
  name: "names-from-folders",
  *check(workspace) {
    for (const member of workspace.members) {
      const expected = `@omni/${member.folder.split("/").at(-1) ?? ""}`;
      if (member.manifest.name !== expected) {
        yield { path: `${member.folder}/package.json`, line: member.manifest.lineOf("name"), message: `is named "${member.manifest.name}"; its folder makes it ${expected}` };
      }
      if (member.slot !== undefined) yield* slotFindings(member, member.slot);
    }
  },
};

function* slotFindings(member: Member, slot: SlotPackage): Generator<Finding> {
  const path = `${member.folder}/src/index.ts`;
  const index = member.files.find((file) => file.path === path);
  if (index === undefined) {
    yield { path, line: 1, message: "is missing; list there what the package exports" };
    return;
  }
  const names = exportsOf(index).map(({ name }) => name);
  for (const name of [`create${slot.title}`, `${slot.title}Options`, `${slot.variable}Options`, "omni"]) {
    if (!names.includes(name)) yield { path, line: 1, message: `does not export ${name}, which its folder asks for` };
  }
  if (names.includes("omni")) yield* moduleFindings(member, slot, index);
}

function* moduleFindings(member: Member, slot: SlotPackage, index: CodeFile): Generator<Finding> {
  const declared = findDeclaration(member, index, "omni");
  const said = declared === undefined ? new Map<string, string>() : literalsOf(declared.statement);
  for (const [property, expected] of [["slot", slot.slot], ["name", slot.name]] as const) {
    if (said.get(property) === expected) continue;
    const path = declared?.file.path ?? index.path;
    yield { path, line: 1, message: `omni.${property} is ${JSON.stringify(said.get(property))}; the folder makes it "${expected}"` };
  }
}

/** The properties with a plain string of the first object literal in a declaration. */
function literalsOf(statement: ts.Statement): ReadonlyMap<string, string> {
  const objects: ts.ObjectLiteralExpression[] = [];
  walk(statement, (node) => {
    if (ts.isObjectLiteralExpression(node)) objects.push(node);
  });
  const properties = objects[0]?.properties ?? [];
  return new Map(
    properties.flatMap((property) =>
      ts.isPropertyAssignment(property) && ts.isIdentifier(property.name) && ts.isStringLiteral(property.initializer) ? [[property.name.text, property.initializer.text]] : [],
    ),
  );
}
