import { spawnSync } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Builds the program once before the black-box tests, when a source is newer than what is built. */
export default function buildProgram(): void {
  const built = `${root}apps/cli/dist/main.js`;
  const sources = globSync("{packages,apps}/*/{src/**/*.ts,package.json}", { cwd: root });
  const builtAt = existsSync(built) ? statSync(built).mtimeMs : 0;
  if (sources.every((path) => statSync(root + path).mtimeMs < builtAt)) return;
  const { status, stderr, stdout } = spawnSync(process.execPath, [`${root}node_modules/tsup/dist/cli-default.js`], { cwd: `${root}apps/cli`, encoding: "utf8" });
  if (status !== 0) throw new Error(`the program could not be built:\n${stdout}${stderr}`);
}
