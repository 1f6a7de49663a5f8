import { posix } from "node:path";
import type { Rule } from "../violation.ts";
import { filesOf } from "../workspace.ts";

const shapeless: readonly string[] = ["utils", "util", "helpers", "helper", "common", "types", "misc"];

/** A file is named, in kebab-case, after the one concept in it. */
export const fileNames: Rule = {
  name: "file-names",
  *check(workspace) {
    for (const { file } of filesOf(workspace, "src", "test")) {
      const name = posix.basename(file.path).replace(/(\.test|\.d)?\.ts$/, "");
      if (shapeless.includes(name)) yield { path: file.path, line: 1, message: `"${name}" says nothing; name the file after the concept in it` };
      else if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) yield { path: file.path, line: 1, message: `"${name}" is not kebab-case; rename it` };
    }
  },
};
