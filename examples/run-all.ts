import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Runs every numbered example as a program of its own; ends with 1 when one does not assert what it promises. */
const folder = fileURLToPath(new URL(".", import.meta.url));
const names = readdirSync(folder).filter((name) => /^\d\d-.*\.ts$/.test(name)).sort();
let failed = 0;
for (const name of names) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--conditions=@omni/source", folder + name], { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) failed += 1;
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name}: ${(status === 0 ? stdout : stderr).trim()}`);
}
console.log(`${names.length - failed} of ${names.length} examples hold`);
process.exitCode = failed === 0 && names.length > 0 ? 0 : 1;
