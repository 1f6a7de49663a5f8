import { execFile } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** How the launcher is started; by its own path from beside the clone when nothing is said. */
export interface StartOptions {
  readonly cwd?: string;
  readonly command?: readonly string[];
  /** Called with each piece of standard error as it comes. */
  readonly heard?: (words: string) => void;
}

/**
 * A clone in a temporary folder whose name has a space, with the real launcher
 * and set-up, and stand-ins for what comes from the registry: an `npx` that
 * finds a `pnpm`, which "installs" this process's Node and a `tsup`.
 */
export interface FakeClone {
  readonly root: string;
  write(path: string, text: string): void;
  /** Lines the stand-ins left: one an installation, one a build. */
  work(): readonly string[];
  omni(given: readonly string[], options?: StartOptions): Promise<Ended>;
  remove(): void;
}

/** Makes one. It is no git checkout until a `.git` is written. */
export function createFakeClone(): FakeClone {
  const scratch = mkdtempSync(join(tmpdir(), "omni-setup-"));
  const root = join(scratch, "a clone");
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const path of ["omni", "tooling/setup.sh", "tooling/setup/stamps.sh", "tooling/setup/lock.sh"]) cpSync(join(repository, path), join(root, path));
  write("package.json", '{\n  "packageManager": "pnpm@1.2.3+sha512.abc"\n}\n');
  write("pnpm-lock.yaml", "one\n");
  write("pnpm-workspace.yaml", "");
  write("work", "");
  mkdirSync(join(root, "apps/cli"), { recursive: true });
  writeStandIns(scratch, root);
  return {
    root,
    write,
    work: () => readFileSync(join(root, "work"), "utf8").split("\n").filter((line) => line !== ""),
    omni: (given, options = {}) => run([...(options.command ?? [join(root, "omni")]), ...given], join(scratch, "bin"), { cwd: scratch, ...options }),
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  };
}

function writeStandIns(scratch: string, root: string): void {
  const program = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  };
  program(join(scratch, "bin/npx"), `#!/bin/sh\necho "${scratch}/bin/pnpm"\n`);
  program(join(scratch, "bin/npm"), "#!/bin/sh\necho http://127.0.0.1/\n");
  program(
    join(scratch, "bin/pnpm"),
    `#!/bin/sh\nset -e\ncd "${root}"\nif [ -f broken ]; then echo "the network is down"; exit 7; fi\nmkdir -p node_modules/node/bin node_modules/tsup/dist\nln -sf "${process.execPath}" node_modules/node/bin/node\ncp "${scratch}/tsup.js" node_modules/tsup/dist/cli-default.js\n: > node_modules/.modules.yaml\necho install >> work\n`,
  );
  writeFileSync(
    join(scratch, "tsup.js"),
    `const fs = require("node:fs");\nfs.mkdirSync("dist", { recursive: true });\nfs.writeFileSync("dist/main.js", "console.log(JSON.stringify({ given: process.argv.slice(2), cwd: process.cwd(), pid: process.pid }));");\nfs.appendFileSync("../../work", "build\\n");\n`,
  );
}

function run(command: readonly string[], bin: string, options: StartOptions): Promise<Ended> {
  const [program = "", ...given] = command;
  const env = { ...process.env, PATH: `${bin}:${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` };
  return new Promise((resolve) => {
    const child = execFile(program, given, { cwd: options.cwd, env }, (error, output, errors) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, output, errors });
    });
    child.stderr?.on("data", (words) => options.heard?.(String(words)));
  });
}
