import { resolve } from "node:path";
import type { Host, JsonObject } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Config, ConfigRequest, IncomingMessage, Registry, Runtime } from "@omni/runtime";
import { createHost, createRegistry, createRuntime, loadConfig, prepareHome } from "@omni/runtime";
import { defaults, table } from "@omni/preset-default";
import type { CommandCall, CommandContext } from "./command-spec.ts";
import { owner } from "./owner.ts";
import { toErrorLine } from "./report-error.ts";

/** Longest that freeing everything may take at the end, in milliseconds. */
const closeMs = 5_000;

/** A composed runtime with what it was made from. */
export interface OpenRuntime {
  readonly config: Config;
  readonly registry: Registry;
  readonly host: Host;
  readonly runtime: Runtime;
  /** Frees everything; does not wait longer than five seconds for a part that hangs. */
  close(): Promise<void>;
}

/** What a command wants of its runtime. */
export interface OpenOptions {
  /** What kind of process this is, for people who look at who owns what. */
  readonly kind: string;
  /** Command-line flags in the shape of `omni.json`. */
  readonly overrides?: JsonObject;
}

/** What the configuration of a command is made from: flags, environment, the folder it was started in, and the preset. Throws `home.unwritable` where no home can be named. */
export function toConfigRequest(call: CommandCall, { terminal }: CommandContext, overrides?: JsonObject): ConfigRequest {
  const home = call.text("home");
  const { env } = terminal;
  const userHome = terminal.userHome() ?? home ?? env["OMNI_HOME"];
  if (userHome === undefined || userHome === "") throw new OmniError("home.unwritable", "The system knows no folder of yours; name a home with --home DIR or OMNI_HOME.");
  return { env, cwd: terminal.cwd(), userHome, defaults: defaults(env), ...(home === undefined ? {} : { home }), ...(overrides === undefined ? {} : { overrides }) };
}

/** Composes the runtime of a command. Warnings of the configuration are told on stderr. */
export async function openRuntime(call: CommandCall, context: CommandContext, options: OpenOptions): Promise<OpenRuntime> {
  const { terminal } = context;
  const config = await loadConfig(toConfigRequest(call, context, options.overrides));
  const remarks = await prepareHome(config.paths);
  const host = createHost({ paths: config.paths, secrets: terminal.env });
  const registry = createRegistry(table);
  try {
    const runtime = await createRuntime({ config, registry, host, process: { kind: options.kind, pid: terminal.pid } });
    if (!call.has("quiet")) for (const warning of [...remarks, ...runtime.warnings]) await terminal.errors.write(`${toErrorLine("warning", warning)}\n`);
    const shut = async (): Promise<void> => {
      await runtime.close();
      await host.close();
    };
    return { config, registry, host, runtime, close: () => within(closeMs, shut(), context) };
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** Opens a runtime, runs the body, and frees the runtime however the body ends. */
export async function withRuntime<Result>(
  call: CommandCall,
  context: CommandContext,
  options: OpenOptions,
  body: (opened: OpenRuntime) => Promise<Result>,
): Promise<Result> {
  const opened = await openRuntime(call, context, options);
  try {
    return await body(opened);
  } finally {
    await opened.close();
  }
}

/** How a turn may run, from the flags of the command. It works where the flag says, else the configuration, else in the current folder. */
export function toTurnSettings(call: CommandCall, config: Config): Pick<IncomingMessage, "workspace" | "autonomy" | "model" | "limits" | "principal"> {
  const [workspace, autonomy, model] = [call.text("workspace"), call.text("autonomy"), call.text("model")];
  const [maxRounds, seconds] = [call.number("max-rounds"), call.number("timeout")];
  return {
    principal: owner,
    workspace: workspace === undefined ? (config.workspace ?? config.cwd) : resolve(config.cwd, workspace),
    ...(autonomy === "readonly" || autonomy === "supervised" || autonomy === "full" ? { autonomy } : {}),
    ...(model === undefined ? {} : { model }),
    limits: {
      ...(maxRounds === undefined ? {} : { maxRounds }),
      ...(seconds === undefined ? {} : { timeoutMs: Math.max(1, Math.round(seconds * 1_000)) }),
    },
  };
}

async function within(milliseconds: number, work: Promise<void>, { terminal }: CommandContext): Promise<void> {
  const late = Promise.withResolvers<void>();
  const callOff = terminal.after(milliseconds, late.resolve);
  await Promise.race([work, late.promise]).finally(callOff);
}
