import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImplementationTable, Runtime } from "@omni/runtime";
import { createHost, createRegistry, createRuntime, loadConfig } from "@omni/runtime";
import { defaults, table } from "@omni/preset-default";
import type { Clock, JsonObject, OmniModule, Provider } from "@omni/core";

/** A runtime in a folder of its own that is gone afterwards. */
export interface TemporaryRuntime extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly workspace: string;
  readonly clock: Clock;
  /** Ends the runtime and writes its log out; the folder stays until it is disposed. */
  flush(): Promise<void>;
}

/** Opens a runtime with these settings, and with `provider` as the implementation named `example`. */
export async function openTemporaryRuntime(settings: JsonObject, provider: Provider, files: Readonly<Record<string, string>> = {}): Promise<TemporaryRuntime> {
  const home = await mkdtemp(join(tmpdir(), "omni-example-"));
  const workspace = join(home, "workspace");
  await mkdir(workspace);
  await mkdir(join(home, "state"), { mode: 0o700 });
  for (const [path, text] of Object.entries(files)) await writeFile(join(workspace, path), text);
  const config = await loadConfig({ env: {}, cwd: workspace, userHome: home, home, overrides: { provider: { use: "example" }, workspace, ...settings }, defaults: defaults({}) });
  const host = createHost({ paths: config.paths });
  const runtime = await createRuntime({ config, registry: createRegistry(withProvider(provider)), host, process: { kind: "example", pid: process.pid } });
  return {
    runtime,
    workspace,
    clock: host.clock,
    async flush() {
      await runtime.close();
      await host.close();
    },
    async [Symbol.asyncDispose]() {
      await runtime.close();
      await host.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The shipped table with one provider more. */
function withProvider(provider: Provider): ImplementationTable {
  const omni: OmniModule<"provider"> = { slot: "provider", name: "example", contract: 1, options: { jsonSchema: { type: "object" }, parse: (value) => value }, create: () => provider };
  return { ...table, provider: { ...table.provider, example: async () => ({ omni }) } };
}
