import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host, JsonObject, OmniModule, Tool, ToolContext, Toolset } from "@omni/core";
import { createHost } from "@omni/runtime";
import { table } from "@omni/preset-default";

/** Makes toolsets of the preset over the real host, in a home of their own. */
export interface BenchTools {
  readonly host: Host;
  readonly workspace: string;
  create(name: string, options: JsonObject): Promise<Toolset>;
  /** Ends everything and removes the home. */
  close(): Promise<void>;
}

/** Makes the home. */
export async function openBenchTools(): Promise<BenchTools> {
  const home = await mkdtemp(join(tmpdir(), "omni-bench-"));
  const paths = { home, state: join(home, "state"), workspace: join(home, "workspace") };
  for (const path of [paths.state, paths.workspace]) await mkdir(path);
  const host = createHost({ paths });
  const toolsets: Toolset[] = [];
  return {
    host,
    workspace: paths.workspace,
    async create(name, options) {
      const load = table.tool?.[name];
      if (load === undefined) throw new Error(`the preset has no tool ${name}`);
      const { omni } = (await load()) as { readonly omni: OmniModule<"tool"> };
      const toolset = await omni.create(omni.options.parse(options), host);
      toolsets.push(toolset);
      return toolset;
    },
    async close() {
      for (const toolset of toolsets) await toolset.close();
      await host.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The tool of this name; throws where there is none. */
export function findTool(toolset: Toolset, name: string): Tool {
  const tool = toolset.tools().find((each) => each.name === name);
  if (tool === undefined) throw new Error(`there is no ${name}`);
  return tool;
}

/** A call's context that is never stopped and asks nobody. */
export function toContext(workspace: string): ToolContext {
  const signal = new AbortController().signal;
  return { sessionId: "bench:0", turnId: "t", callId: "r1c0", workspace, guard: () => undefined, idempotencyKey: "t:r1c0", scopes: [], keepIn: { scope: "session", owner: "bench:0" }, signal, step: (_name, body) => body(), ask: () => Promise.reject(new Error("nobody is here")), progress: async () => undefined };
}
