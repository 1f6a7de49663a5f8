import { existsSync } from "node:fs";
import { join } from "node:path";
import { importsOf } from "../imports.ts";
import type { Rule } from "../violation.ts";

/** Every package of a slot runs the kit of its contract. */
export const conformanceTest: Rule = {
  name: "conformance-test",
  *check(workspace) {
    for (const member of workspace.members) {
      if (member.slot === undefined) continue;
      const path = `${member.folder}/test/conformance.test.ts`;
      const file = member.files.find((candidate) => candidate.path === path);
      if (file === undefined || !existsSync(join(workspace.root, path))) {
        yield { path, line: 1, message: "is missing; run the kit of @omni/testkit on the implementation there" };
      } else if (!importsOf(file).some(({ specifier }) => specifier.startsWith("@omni/testkit"))) {
        yield { path, line: 1, message: "does not use @omni/testkit; run the kit of the contract there" };
      }
    }
  },
};
