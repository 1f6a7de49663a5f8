import type { Host } from "@omni/core";
import type { Runtime, SlotChoice } from "@omni/runtime";
import { checkConfig, createRegistry } from "@omni/runtime";
import { findInferred, table } from "@omni/preset-default";
import { toOmniError } from "@omni/core";
import type { CommandBody, CommandCall, CommandContext } from "../command-spec.ts";
import type { PreparedCommand } from "../prepare-command.ts";
import { composeRuntime } from "../open-runtime.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookForGateway } from "../find-gateway.ts";
import { prepareCommand, toConfigRequest } from "../prepare-command.ts";

/** How long the model's endpoint may take to answer, in milliseconds. */
const endpointMs = 5_000;

/** One thing that was looked at, and how it is. */
interface Check {
  readonly name: string;
  readonly status: "ok" | "warning" | "broken";
  /** What was found; of what is not well, with the mend. */
  readonly detail: string;
}

/** `omni doctor`: looks at everything a turn needs, says how it is, and ends with 1 when something is broken. */
export const doctor: CommandBody = async (call, context) => {
  const checks = await examine(call, context);
  const { output } = context.terminal;
  if (call.has("json")) await output.write(`${JSON.stringify({ checks })}\n`);
  else await output.write(checks.map((check) => `${check.status.padEnd(8)} ${check.name.padEnd(8)} ${check.detail.replaceAll("\n", " ")}\n`).join(""));
  return checks.some((check) => check.status === "broken") ? exitCodes.failed : exitCodes.done;
};

async function examine(call: CommandCall, context: CommandContext): Promise<readonly Check[]> {
  const checks = await examineConfig(call, context);
  if (checks.some((check) => check.status === "broken")) return checks;
  const prepared = await attempt("home", () => prepareCommand(call, context));
  if ("status" in prepared) return [...checks, prepared];
  const home: Check = prepared.warnings.length === 0 ? { name: "home", status: "ok", detail: prepared.config.paths.home } : { name: "home", status: "warning", detail: prepared.warnings.join("; ") };
  return [...checks, home, await examineGateway(prepared, context), ...(await examineParts(prepared, context))];
}

async function examineConfig(call: CommandCall, context: CommandContext): Promise<readonly Check[]> {
  const problems = await attempt("config", () => checkConfig(toConfigRequest(call, context), createRegistry(table)));
  if ("status" in problems) return [problems];
  if (problems.length === 0) return [{ name: "config", status: "ok", detail: "omni.json is valid, or not there" }];
  return problems.map(({ severity, path, line, message }) => ({
    name: "config",
    status: severity === "error" ? "broken" : "warning",
    detail: `${line === undefined ? "" : `line ${line}: `}${path === undefined || path === "" ? "" : `${path}: `}${message}`,
  }));
}

async function examineGateway({ config }: PreparedCommand, { terminal }: CommandContext): Promise<Check> {
  const sight = await lookForGateway(config.paths.state, terminal);
  if (sight.kind === "unready") return { name: "gateway", status: "warning", detail: "one lives and takes no messages: it is starting or stopping, hangs, or its store is damaged; if that stays so, stop it and start omni gateway again" };
  if (sight.kind === "none") return { name: "gateway", status: "ok", detail: "none runs; turns run in the command's own process" };
  sight.client.close();
  return { name: "gateway", status: "ok", detail: "one runs, and run and stdio join it" };
}

/** Store, memory, model, tools and boundary, on a runtime of the command's own. */
async function examineParts(prepared: PreparedCommand, context: CommandContext): Promise<readonly Check[]> {
  const opened = await attempt("parts", () => composeRuntime(prepared, context, "doctor"));
  if ("status" in opened) return [opened];
  try {
    const { runtime, config } = opened;
    return [await examineStore(runtime), await examineMemory(runtime), await examineModel(runtime, config.provider, prepared.host), ...(await examineTools(runtime, Object.keys(config.servers ?? {}))), toBoundary()];
  } finally {
    await opened.close();
  }
}

async function examineStore({ store }: Runtime): Promise<Check> {
  const health = await attempt("store", () => store.check());
  return "status" in health ? health : { name: "store", status: health.ok ? "ok" : "broken", detail: health.detail };
}

/** A memory that cannot be read costs a turn what is remembered, not its answer. */
async function examineMemory({ memory }: Runtime): Promise<Check> {
  if (memory === undefined) return { name: "memory", status: "ok", detail: "turned off" };
  const stats = await attempt("memory", () => memory.stats());
  if ("status" in stats) return stats;
  const { episodes, embedder, pending = 0 } = stats;
  return { name: "memory", status: "ok", detail: `${episodes} remembered, found by words${embedder === null ? " alone" : ` and by ${embedder}`}${pending === 0 ? "" : `; ${pending} wait for a vector`}` };
}

async function examineModel(runtime: Runtime, provider: SlotChoice, host: Host): Promise<Check> {
  const signal = AbortSignal.timeout(endpointMs);
  const model = await attempt("model", () => runtime.defaultModel(signal));
  if ("status" in model) return model;
  const inferredFrom = provider.use === "inferred" ? await findInferred(provider, host, signal).catch(() => undefined) : undefined;
  const found = inferredFrom === undefined ? "" : `, found at ${inferredFrom}, beside a server of mcp.json`;
  return { name: "model", status: "ok", detail: `${model.id} of provider ${provider.use}${model.contextTokens === undefined ? "" : `, ${model.contextTokens} tokens of context`}${found}` };
}

async function examineTools(runtime: Runtime, servers: readonly string[]): Promise<readonly Check[]> {
  await runtime.listed();
  const names = runtime.tools.list().map(({ tool }) => tool.name);
  const silent = servers.filter((owner) => !names.some((name) => name.startsWith(`${owner}.`)));
  const found: Check = { name: "tools", status: "ok", detail: `${names.length} tools` };
  return [found, ...silent.map((owner): Check => ({ name: "server", status: "warning", detail: `${owner} of mcp.json offers no tool; omni mcp servers test ${owner} says why` }))];
}

/** What stands between a program that is run and the machine, in plain words. */
function toBoundary(): Check {
  return { name: "boundary", status: "warning", detail: "nothing contains programs: shell.run asks each time, and runs unasked only where policy.with.unsandboxedShell allows it" };
}

/** What the body gives, or the check that failed with it. */
async function attempt<Result extends object>(name: string, body: () => Promise<Result>): Promise<Result | (Check & { readonly status: "broken" })> {
  try {
    return await body();
  } catch (error) {
    const { code, message } = toOmniError(error);
    return { name, status: "broken", detail: `${code}: ${message}` };
  }
}
