import { toRecord } from "../manifest.ts";
import type { Rule } from "../violation.ts";
import type { Member } from "../workspace.ts";

/** A package that is published says all that its users and their tools need. */
export const manifestFields: Rule = {
  name: "manifest-fields",
  *check(workspace) {
    for (const member of workspace.members) {
      if (member.manifest.isPrivate) continue;
      for (const [field, message] of problemsOf(member)) {
        yield { path: `${member.folder}/package.json`, line: member.manifest.lineOf(field), message: `"${field}" ${message}` };
      }
    }
  },
};

function problemsOf(member: Member): [field: string, message: string][] {
  const { fields } = member.manifest;
  const problems: [string, string][] = [];
  const expect = (isKept: boolean, field: string, message: string): void => {
    if (!isKept) problems.push([field, message]);
  };
  expect(fields["license"] === "MIT", "license", 'is not "MIT"');
  expect(fields["type"] === "module", "type", 'is not "module"');
  expect(typeof fields["description"] === "string", "description", "is missing; say the purpose in one sentence");
  expect(Array.isArray(fields["files"]) && fields["files"].includes("dist"), "files", 'does not list "dist"');
  expect(typeof toRecord(fields["engines"])["node"] === "string", "engines", "does not say which Node it needs");
  expect(toRecord(fields["publishConfig"])["access"] === "public", "publishConfig", 'has no "access": "public"');
  expect(toRecord(fields["repository"])["directory"] === member.folder, "repository", `does not have "directory": "${member.folder}"`);
  for (const message of exportProblems(fields)) problems.push(["exports", message]);
  return problems;
}

function exportProblems(fields: Readonly<Record<string, unknown>>): string[] {
  const entries = Object.entries(toRecord(fields["exports"]));
  if (entries.length === 0) return ["is missing; list what may be imported"];
  const code = entries.filter(([path]) => path !== "./package.json");
  // A program gives nothing to import.
  if (code.length === 0) return fields["bin"] === undefined ? ["lists nothing to import"] : [];
  return code.filter(([, target]) => typeof toRecord(target)["types"] !== "string").map(([path]) => `has no "types" for "${path}"`);
}
