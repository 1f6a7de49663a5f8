import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject, Spawn, ToolContext, ToolResult, Toolset } from "@omni/core";
import { createToolContext } from "@omni/testkit";
import { createHost } from "../../runtime/src/host/create-host.ts";
import type { ShellToolOptions } from "../src/index.ts";
import { createShellTool, shellToolOptions } from "../src/index.ts";

/** Shell tools over the real host, in a folder of their own. */
export interface ShellPlace {
  readonly toolset: Toolset;
  readonly workspace: string;
  readonly state: string;
  call(input: JsonObject, overrides?: Partial<ToolContext>): Promise<ToolResult>;
  page(input: JsonObject, sessionId?: string): Promise<ToolResult>;
  /** Text of a call's result; of an error result with `ERROR ` before it. */
  text(input: JsonObject): Promise<string>;
  dispose(): Promise<void>;
}

/** Makes the place; `secrets` are the gateway's, and programs are started as `toSpawn` has it. */
export async function createShellPlace(options: Partial<ShellToolOptions> = {}, secrets: Readonly<Record<string, string>> = {}, toSpawn: (spawn: Spawn) => Spawn = (spawn) => spawn): Promise<ShellPlace> {
  const home = await mkdtemp(join(tmpdir(), "omni-shell-"));
  const paths = { home, state: join(home, "state"), workspace: join(home, "workspace") };
  await mkdir(paths.state);
  await mkdir(paths.workspace);
  const host = createHost({ paths, secrets });
  const dispose = async (): Promise<void> => {
    await host.close();
    await rm(home, { recursive: true, force: true });
  };
  const toolset = await Promise.resolve()
    .then(() => createShellTool(shellToolOptions.parse(options), { ...host, spawn: toSpawn(host.spawn) }))
    .catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  const execute = (name: string, input: JsonObject, overrides: Partial<ToolContext>): Promise<ToolResult> => {
    const tool = toolset.tools().find((each) => each.name === name);
    if (tool === undefined) throw new Error(`no ${name}`);
    return tool.execute(input, createToolContext({ workspace: paths.workspace, ...overrides }));
  };
  return {
    toolset,
    workspace: paths.workspace,
    state: paths.state,
    call: (input, overrides = {}) => execute("shell.run", input, overrides),
    page: (input, sessionId = "test:default") => execute("shell.output", input, { sessionId }),
    text: async (input) => toShown(await execute("shell.run", input, {})),
    async dispose() {
      await toolset.close();
      await dispose();
    },
  };
}

/** The text of a result. */
export function toShown(result: ToolResult): string {
  const text = result.content.map((block) => (block.type === "text" ? block.text : `<${block.type}>`)).join("\n");
  return result.isError === true ? `ERROR ${text}` : text;
}

/** True while the process runs: not gone, and not dead and unburied. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const state = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[0] ?? "";
  return state !== "" && state !== "Z" && state !== "X";
}

/** True where processes can be looked at. */
export const hasProc: boolean = existsSync("/proc/self/stat");

/** Resolves once `is` answers true; rejects after `milliseconds`. */
export async function eventually(is: () => Promise<boolean>, milliseconds = 5_000): Promise<void> {
  const until = performance.now() + milliseconds;
  while (!(await is())) {
    if (performance.now() > until) throw new Error("it did not become true in time");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
