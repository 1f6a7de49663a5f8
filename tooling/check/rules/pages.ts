import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Rule } from "../violation.ts";
import { limits } from "./sizes.ts";

/** Every package has a README.md with the four headings, in order, and no other of their rank. */
export const readme: Rule = {
  name: "readme",
  *check(workspace) {
    for (const member of workspace.members) {
      if (member.kind === "private") continue;
      const path = `${member.folder}/README.md`;
      const wanted = [`# ${member.manifest.name}`, "## Use", "## Options", "## Guarantees"];
      if (!existsSync(join(workspace.root, path))) {
        yield { path, line: 1, message: `is missing; its headings are ${wanted.join(", ")}` };
        continue;
      }
      const found = headingsOf(readFileSync(join(workspace.root, path), "utf8"));
      if (found.join("\n") !== wanted.join("\n")) yield { path, line: 1, message: `has the headings ${found.join(", ")}; they are ${wanted.join(", ")}` };
    }
  },
};

/** The page for newcomers stays one that is read to its end. */
export const agentsPage: Rule = {
  name: "agents-page",
  *check(workspace) {
    const path = "AGENTS.md";
    if (!existsSync(join(workspace.root, path))) return;
    const lines = readFileSync(join(workspace.root, path), "utf8").replace(/\n$/, "").split("\n").length;
    if (lines >= limits.agents) yield { path, line: limits.agents, message: `has ${lines} lines, fewer than ${limits.agents}; move detail into docs` };
  },
};

function headingsOf(text: string): string[] {
  const prose = text.replaceAll(/^(```|~~~)[^]*?^\1/gm, "");
  return prose.split("\n").filter((line) => /^##? /.test(line)).map((line) => line.trimEnd());
}
