import { exportsOf, findDeclaration, isDocumented } from "../exports.ts";
import type { Rule } from "../violation.ts";
import { filesOf } from "../workspace.ts";

/** All that core exports, and all that an index gives away, says what it means. */
export const documentedExports: Rule = {
  name: "documented-exports",
  *check(workspace) {
    const reported = new Set<string>();
    for (const { member, file } of filesOf(workspace, "src")) {
      if (member.kind !== "core" && (member.kind === "private" || !file.path.endsWith("/index.ts"))) continue;
      for (const { name, line } of exportsOf(file)) {
        const declared = findDeclaration(member, file, name);
        // What comes from another package is documented there.
        if (declared === undefined || isDocumented(declared)) continue;
        const place = `${declared.file.path} ${name}`;
        if (reported.has(place)) continue;
        reported.add(place);
        const isHere = declared.file === file;
        yield { path: file.path, line, message: `${name}${isHere ? "" : ` (of ${declared.file.path})`} has no doc comment; say meaning, units, errors` };
      }
    }
  },
};
