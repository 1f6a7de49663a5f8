import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject, SlotName } from "@omni/core";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));

/** The folder of the program's package. */
export const program: string = join(repository, "apps/cli");

/** A folder outside of the repository, in which a stranger has installed what is published. */
export interface Outside {
  readonly root: string;
  dispose(): Promise<void>;
}

/** What `omni new --json` says. */
export interface Made {
  readonly folder: string;
  readonly package: string;
  readonly slot: SlotName;
  readonly files: readonly string[];
  readonly yours: string;
  readonly use: JsonObject;
}

/** Makes the folder: core and the kits as they are built for publication, the tools as they come. */
export async function createOutside(): Promise<Outside> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "omni-outside-")));
  const modules = join(root, "node_modules");
  await mkdir(join(modules, "@types"), { recursive: true });
  await Promise.all([...["core", "testkit"].map((name) => build(name, join(modules, "@omni", name))), link("vitest", modules, "packages/testkit/"), link("typescript", modules), link("@types/node", modules)]);
  return { root, dispose: () => rm(root, { recursive: true, force: true }) };
}

async function link(name: string, modules: string, from = ""): Promise<void> {
  await symlink(await realpath(join(repository, from, "node_modules", name)), join(modules, name));
}

/** A package as a registry has it: its build, and the manifest with what is published in the place of what is developed. */
async function build(name: string, folder: string): Promise<void> {
  const source = join(repository, "packages", name);
  await runNode([join(repository, "node_modules/tsup/dist/cli-default.js"), "--out-dir", join(folder, "dist")], source);
  const { publishConfig, ...manifest } = JSON.parse(await readFile(join(source, "package.json"), "utf8"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ ...manifest, ...publishConfig }));
}

/** Runs the kits of every package in the folder; how many cases passed and were skipped, and which failed, by package. */
export async function runKits(root: string): Promise<ReadonlyMap<string, { readonly passed: number; readonly skipped: number; readonly failed: readonly string[] }>> {
  const report = join(root, "report.json");
  const output = await runNode([join(root, "node_modules/vitest/vitest.mjs"), "run", "--root", root, "--pool", "threads", "--maxWorkers", "2", "--reporter", "json", "--outputFile", report], root).catch((error: unknown) => String(error));
  const text = await readFile(report, "utf8").catch(() => Promise.reject(new Error(`the kits did not run: ${output}`)));
  const { testResults }: { readonly testResults: readonly { readonly name: string; readonly message: string; readonly assertionResults: readonly { readonly status: string; readonly title: string }[] }[] } = JSON.parse(text);
  return new Map(
    testResults.map(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === "failed").map(({ title }) => title);
      const count = (wanted: string): number => assertionResults.filter(({ status }) => status === wanted).length;
      return [name.slice(root.length + 1).split("/")[0] ?? "", { passed: count("passed"), skipped: count("skipped") + count("pending"), failed: message === "" || failed.length > 0 ? failed : [message] }];
    }),
  );
}

/** What the compiler has to say of every package in the folder. */
export async function compileAll(root: string, made: Made): Promise<string> {
  await writeFile(join(root, "tsconfig.json"), JSON.stringify({ extends: `./${made.folder.slice(root.length + 1)}/tsconfig.json`, include: ["*/src", "*/test"] }));
  return runNode([join(root, "node_modules/typescript/bin/tsc"), "-p", root], root).catch((error: unknown) => String(error));
}

/** Makes a package ready to publish, as its README says, and installs a copy of it. */
export async function publish(root: string, { folder, package: name }: Made, home: string): Promise<void> {
  await runNode([join(root, "node_modules/typescript/bin/tsc"), "-p", join(folder, "tsconfig.build.json")], folder);
  const installed = join(home, "node_modules", name);
  await cp(join(folder, "dist"), join(installed, "dist"), { recursive: true });
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  await writeFile(join(installed, "package.json"), JSON.stringify({ ...manifest, exports: { ".": "./dist/index.js" } }));
  await symlink(join(root, "node_modules/@omni"), join(home, "node_modules/@omni"));
}

/** Runs a program to its end and gives what it said on both streams. Rejects with that where it does not end with 0. */
export async function runNode(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env["PATH"] ?? "", HOME: cwd }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${output}`);
  return output;
}

/** What a server of this machine was asked. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A server on this machine that answers as it is told, and remembers what it was asked. */
export interface SmallServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Resolves with the first question that passes the test; rejects with all that was asked where none does in time. */
  until(test: (asked: Asked) => boolean): Promise<Asked>;
  close(): Promise<void>;
}

/** How long a question is waited for, milliseconds. */
const mostMs = 20_000;

/** Starts a server on 127.0.0.1. */
export async function createSmallServer(answer: (asked: Asked) => Response): Promise<SmallServer> {
  const asked: Asked[] = [];
  const watchers = new Set<() => void>();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    const question: Asked = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body };
    asked.push(question);
    const given = answer(question);
    response.writeHead(given.status, Object.fromEntries(given.headers));
    response.end(await given.text());
    for (const watcher of watchers) watcher();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    until: (test) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`it was asked nothing of the kind: ${JSON.stringify(asked.slice(-5))}`)), mostMs);
        const watcher = (): void => {
          const found = asked.find(test);
          if (found === undefined) return;
          clearTimeout(late);
          resolve(found);
        };
        watchers.add(watcher);
        watcher();
      }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
