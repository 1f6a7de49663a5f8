import { toOmniError } from "@omni/core";
import type { CommandBody } from "../../command-spec.ts";
import { composeRuntime } from "../../open-runtime.ts";
import { exitCodes } from "../../exit-codes.ts";
import { prepareCommand, tellWarnings } from "../../prepare-command.ts";

interface Check {
  readonly name: "store" | "memory";
  readonly status: "ok" | "broken";
  readonly detail: string;
}

/** `omni state check`: store and memory alone, page by page, also beside a gateway. */
export const checkState: CommandBody = async (call, context) => {
  const prepared = await prepareCommand(call, context);
  const { servers: _servers, ...config } = prepared.config;
  const { output } = context.terminal;
  const { runtime, close } = await composeRuntime({ ...prepared, config: { ...config, tools: {}, hooks: [] } }, context, "check");
  try {
    const { store, memory } = runtime;
    const checks = [await look("store", () => store.check()), ...(memory?.check === undefined ? [] : [await look("memory", async () => memory.check?.())])];
    await tellWarnings(prepared, call, context);
    if (call.has("json")) await output.write(`${JSON.stringify({ checks })}\n`);
    else await output.write(checks.map(({ name, status, detail }) => `${status.padEnd(8)} ${name.padEnd(8)} ${detail}\n`).join(""));
    return checks.every(({ status }) => status === "ok") ? exitCodes.done : exitCodes.failed;
  } finally {
    await close();
  }
};

async function look(name: Check["name"], body: () => Promise<{ readonly ok: boolean; readonly detail: string } | undefined>): Promise<Check> {
  try {
    const { ok, detail } = (await body()) ?? { ok: true, detail: "" };
    return { name, status: ok ? "ok" : "broken", detail };
  } catch (error) {
    return { name, status: "broken", detail: toOmniError(error).message };
  }
}
