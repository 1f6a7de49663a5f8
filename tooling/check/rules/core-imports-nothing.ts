import { importsOf } from "../imports.ts";
import type { Rule } from "../violation.ts";
import { filesOf } from "../workspace.ts";

/** Sources of core import their own files and nothing else, not even what Node brings. */
export const coreImportsNothing: Rule = {
  name: "core-imports-nothing",
  *check(workspace) {
    for (const { member, file } of filesOf(workspace, "src")) {
      if (member.kind !== "core") continue;
      for (const { specifier, line } of importsOf(file)) {
        if (specifier.startsWith("./")) continue;
        yield { path: file.path, line, message: `core imports ${specifier === "" ? "something computed" : specifier}; core imports nothing, describe what is needed structurally` };
      }
    }
  },
};
