import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImplementationTable, Runtime } from "@omni/runtime";
import { createHost, createRegistry, createRuntime, loadConfig } from "@omni/runtime";
import { defaults, readServers, table } from "@omni/preset-default";
import type { Clock, JsonObject, OmniModule, Provider } from "@omni/core";

/** A runtime of an example. */
export interface ExampleRuntime extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly workspace: string;
  readonly clock: Clock;
  /** Ends the runtime and writes its log out; its folder stays until it is disposed. */
  flush(): Promise<void>;
}

/** Opens a runtime in a folder of its own that is gone afterwards. `files` are paths from the workspace, which lies in the home. */
export async function openTemporaryRuntime(settings: JsonObject, provider: Provider, files: Readonly<Record<string, string>> = {}): Promise<ExampleRuntime> {
  const home = await mkdtemp(join(tmpdir(), "omni-example-"));
  await mkdir(join(home, "workspace"));
  for (const [path, text] of Object.entries(files)) await writeFile(join(home, "workspace", path), text);
  const opened = await openRuntime(home, settings, provider);
  return {
    ...opened,
    async [Symbol.asyncDispose]() {
      await opened.flush();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Opens a runtime in this home, with these settings and with `provider` as the implementation named `example`; the home stays. */
export async function openRuntime(home: string, settings: JsonObject, provider: Provider): Promise<ExampleRuntime> {
  const workspace = join(home, "workspace");
  await mkdir(workspace, { recursive: true });
  await mkdir(join(home, "state"), { recursive: true, mode: 0o700 });
  const overrides = { provider: { use: "example" }, workspace, ...settings };
  const config = await loadConfig({ env: {}, cwd: workspace, userHome: home, home, overrides, defaults: defaults({}), readServers });
  const host = createHost({ paths: config.paths });
  const runtime = await createRuntime({ config, registry: createRegistry(withProvider(provider)), host, process: { kind: "example", pid: process.pid } });
  const flush = async (): Promise<void> => {
    await runtime.close();
    await host.close();
  };
  return { runtime, workspace, clock: host.clock, flush, [Symbol.asyncDispose]: flush };
}

/** The shipped table with one provider more. */
function withProvider(provider: Provider): ImplementationTable {
  const omni: OmniModule<"provider"> = { slot: "provider", name: "example", contract: 1, options: { jsonSchema: { type: "object" }, parse: (value) => value }, create: () => provider };
  return { ...table, provider: { ...table.provider, example: async () => ({ omni }) } };
}
