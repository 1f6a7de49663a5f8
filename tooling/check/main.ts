import { fileURLToPath } from "node:url";
import { checkWorkspace } from "./check-workspace.ts";
import { rules } from "./rules.ts";

// `pnpm check`, or `node tooling/check/main.ts FOLDER` for another tree.
const root = process.argv[2] ?? fileURLToPath(new URL("../..", import.meta.url));
const { packages, files, violations } = checkWorkspace(root);
for (const { path, line, rule, message } of violations) console.log(`${path}:${line} ${rule} — ${message}`);
console.log(`${packages} packages, ${files} files, ${rules.length} rules: ${violations.length === 0 ? "all kept" : `${violations.length} violations`}`);
process.exitCode = violations.length === 0 ? 0 : 1;
