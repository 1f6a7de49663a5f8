import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BackupOptions, ConfigRequest, Runtime, SystemHost } from "@omni/runtime";
import { createHost, createRegistry, createRuntime, loadConfig, prepareHome } from "@omni/runtime";
import { isOmniError } from "@omni/core";
import { table } from "@omni/preset-default";

/** A home of a test, with the parts that a start has, and nothing of the environment. */
export interface StateHome extends Pick<BackupOptions, "config" | "registry" | "host"> {
  readonly request: ConfigRequest;
  readonly host: SystemHost;
}

/** What a configuration is made from: the shipped store and memory, words alone. */
export function toRequest(home: string): ConfigRequest {
  const defaults = { store: { use: "sqlite" }, memory: { use: "sqlite" }, embedder: false, policy: { use: "workspace" }, window: { use: "ring" }, provider: { use: "offline" }, tools: {} };
  return { env: {}, cwd: home, userHome: home, home, defaults };
}

/** Loads a home as a start does. */
export async function openHome(home: string): Promise<StateHome> {
  await mkdir(home, { recursive: true });
  const request = toRequest(home);
  const config = await loadConfig(request);
  await prepareHome(config.paths);
  return { request, config, registry: createRegistry(table), host: createHost({ paths: config.paths }) };
}

/** Runs a body with a runtime of the home, as the next start would: where that was told to start again it does. */
export async function inRuntime<Result>(home: string, body: (runtime: Runtime) => Promise<Result>, again = true): Promise<Result> {
  const { config, registry, host } = await openHome(home);
  try {
    const runtime = await createRuntime({ config, registry, host, process: { kind: "test", pid: process.pid } });
    try {
      return await body(runtime);
    } finally {
      await runtime.close();
    }
  } catch (error) {
    if (again && isOmniError(error) && error.code === "store.busy") return await inRuntime(home, body, false);
    throw error;
  } finally {
    await host.close();
  }
}

/** Puts something into every place of a home that a backup has, all of it marked with a word. */
export async function mark(home: string, word: string): Promise<void> {
  const files = { "omni.json": `{ "version": 1, "agent": { "maxRounds": ${word.length} } } // ${word}`, "mcp.json": `{ "mcpServers": {} } // ${word}`, [`skills/${word}/SKILL.md`]: word, "workspace/MEMORY.md": `- ${word}\n` };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text);
  }
  await inRuntime(home, async ({ store, memory }) => {
    await store.putDocument("word", "one", word);
    await memory?.store({ kind: "fact", text: word, at: 1, source: { trusted: true }, scope: { scope: "user", owner: "me" } });
  });
}

/** What stands in every place, as the next start finds it. */
export async function readMarks(home: string): Promise<Readonly<Record<string, unknown>>> {
  const inside = await inRuntime(home, async ({ store, memory }) => ({
    store: (await store.getDocument("word", "one"))?.value,
    memory: (await memory?.list({ scopes: [{ scope: "user", owner: "me" }], limit: 10 }))?.map(({ text }) => text),
    isSound: [(await store.check()).ok, (await memory?.check?.())?.ok],
  }));
  const read = (path: string): Promise<string> => readFile(join(home, path), "utf8").catch(() => "");
  return { ...inside, config: await read("omni.json"), servers: await read("mcp.json"), page: await read("workspace/MEMORY.md"), skills: [await read("skills/before/SKILL.md"), await read("skills/after/SKILL.md")] };
}
