import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@omni/core";

/** The built program. */
export const main: string = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** What Node compiles of the program, kept for all the homes of the tests: each of theirs is new, and would be without. */
const compiled = fileURLToPath(new URL("../../node_modules/.cache/omni-compiled", import.meta.url));

/** Absolute path of a fixture, as `use` takes it. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

/** A home and a workspace of their own in a temporary folder. */
export interface Place {
  readonly root: string;
  readonly home: string;
  readonly workspace: string;
  /** Environment of every program started here. */
  readonly env: Record<string, string>;
  /** Writes `omni.json`. */
  configure(config: JsonObject): Promise<void>;
  read(path: string): Promise<string>;
  dispose(): Promise<void>;
}

/** Makes a place with these files in its workspace. */
export async function createPlace(files: Readonly<Record<string, string>> = {}, env: Readonly<Record<string, string>> = {}): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), "omni-blackbox-"));
  const home = join(root, "home");
  const workspace = join(root, "work");
  await mkdir(workspace);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  }
  return {
    root,
    home,
    workspace,
    env: { PATH: process.env["PATH"] ?? "", HOME: root, OMNI_HOME: home, NODE_COMPILE_CACHE: compiled, ...env },
    async configure(config) {
      await mkdir(home, { recursive: true, mode: 0o700 });
      await writeFile(join(home, "omni.json"), JSON.stringify(config));
    },
    read: (path) => readFile(join(workspace, path), "utf8"),
    dispose: () => rm(root, { recursive: true, force: true }),
  };
}

/** How a program ended. */
export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running program. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves once its output so far satisfies `test`; rejects with the output when it ends before. */
  until(test: (stdout: string, stderr: string) => boolean): Promise<void>;
}

/** Starts the built program. Packages named by path in its configuration are read from their sources. */
export function startOmni(place: Place, args: readonly string[], options: { readonly input?: string; readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {}): Running {
  const child = spawn(process.execPath, ["--conditions=@omni/source", main, ...args], { cwd: options.cwd ?? place.workspace, env: { ...place.env, ...options.env }, stdio: "pipe" });
  let stdout = "";
  let stderr = "";
  const watchers = new Set<() => void>();
  const look = (): void => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => ((stdout += chunk), look()));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => ((stderr += chunk), look()));
  child.stdin.on("error", () => undefined);
  if (options.input !== undefined) child.stdin.end(options.input);
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return {
    child,
    finished,
    until(test) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const watcher = (): void => {
        if (test(stdout, stderr)) resolve();
      };
      watchers.add(watcher);
      watcher();
      void finished.then((end) => reject(new Error(`it ended first: ${JSON.stringify(end)}`)), reject);
      return promise.finally(() => watchers.delete(watcher));
    },
  };
}

/** Runs the built program to its end; its standard input is empty unless given. */
export function omni(place: Place, args: readonly string[], options: Parameters<typeof startOmni>[2] = {}): Promise<Finished> {
  return startOmni(place, args, { input: "", ...options }).finished;
}

/** The one JSON object a command printed. */
export function toJson<Shape = unknown>(finished: Finished): Shape {
  try {
    return JSON.parse(finished.stdout) as Shape;
  } catch {
    throw new Error(`no JSON on stdout: ${JSON.stringify(finished)}`);
  }
}

/** A gateway that listens. */
export interface Gateway extends Running {
  readonly url: string;
  /** Sends a request with the owner's token. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Ends it as an operator would, and waits. */
  stop(): Promise<Finished>;
  /** Ends it as a power cut would, and waits. */
  kill(): Promise<Finished>;
}

/** Starts a gateway on a free port, with a token of all scopes. */
export async function startGateway(place: Place, options: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {}): Promise<Gateway> {
  const name = `t${Math.random().toString(36).slice(2)}`;
  const { token } = toJson<{ token: string }>(await omni(place, ["tokens", "add", name, "--scopes", "read,chat,approve,admin", "--json"]));
  const running = startOmni(place, ["gateway", "--port", "0", "--json", ...(options.args ?? [])], options.env === undefined ? {} : { env: options.env });
  let first = "";
  await running.until((stdout) => {
    first = stdout.split("\n")[0] ?? "";
    return stdout.includes("\n");
  });
  const { url } = JSON.parse(first) as { url: string };
  const request = (path: string, init: RequestInit = {}): Promise<Response> => fetch(new URL(path, url), { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
  const end = (signal: NodeJS.Signals): Promise<Finished> => {
    running.child.kill(signal);
    return running.finished;
  };
  return {
    ...running,
    url,
    fetch: request,
    post: (path, body, headers = {}) => request(path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) }),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}
