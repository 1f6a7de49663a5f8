import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DurableEvent, Host, Store } from "@omni/core";
import { toOmniError } from "@omni/core";
import type { Config } from "@omni/runtime";
import { createRegistry, findChannelFaults } from "@omni/runtime";
import { findInferred, table } from "@omni/preset-default";
import type { CommandBody, CommandContext } from "../command-spec.ts";
import type { PreparedCommand } from "../prepare-command.ts";
import { composeRuntime } from "../open-runtime.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookForGateway } from "../find-gateway.ts";
import { prepareCommand } from "../prepare-command.ts";
import { toStatusScreen } from "../render/status-screen.ts";
import { toStyle } from "../render/style.ts";

/** How long the model's endpoint may take to say its models, in milliseconds. */
const endpointMs = 2_000;

/** Most sessions that are counted, and most open turns that are looked into. */
const mostSessions = 10_000;
const mostTurns = 200;

/** A gateway as its file and its socket tell it. */
export interface GatewayStatus {
  readonly running: boolean;
  /** Whether it takes messages; absent where none runs. */
  readonly ready?: boolean;
  readonly pid?: number;
  readonly url?: string;
  /** ISO 8601. */
  readonly since?: string;
  readonly version?: string;
}

/** The provider, and what it says without being asked for a reply. */
export interface ModelStatus {
  readonly provider: string;
  readonly id?: string;
  /** Tokens of its context. */
  readonly contextTokens?: number;
  /** The address where it was found beside a server of `mcp.json`. */
  readonly inferredFrom?: string;
  /** Why it is not known. */
  readonly problem?: string;
}

/** What the record says. */
export interface RecordStatus {
  /** Sessions, 10000 at most. */
  readonly sessions: number;
  readonly openTurns: number;
  /** Questions and approvals that wait for a person. */
  readonly openAsks: number;
  readonly problem?: string;
}

/** How things stand, as `--json` prints it. */
export interface Status {
  readonly version: string;
  readonly home: string;
  readonly gateway: GatewayStatus;
  readonly model: ModelStatus;
  /** The implementation's name; false where it is turned off. */
  readonly memory: string | false;
  readonly window: string;
  readonly policy: { readonly use: string; readonly autonomy?: string };
  /** What contains programs; `none` where nothing does. */
  readonly boundary: string;
  readonly workspace: string;
  readonly channels: readonly string[];
  /** Owners of the servers that a turn gets. */
  readonly servers: readonly string[];
  readonly record: RecordStatus;
  readonly warnings: readonly string[];
}

/** `omni status`: one screen, read and not judged. It starts no server, and ends with 0 whenever the configuration can be read. */
export const status: CommandBody = async (call, context) => {
  const { output, env } = context.terminal;
  const prepared = await prepareCommand(call, context);
  const [gateway, { model, record }, faults] = await Promise.all([readGateway(prepared.config, context), lookInside(prepared, context), findChannelFaults(prepared.config, createRegistry(table))]);
  const found = toStatus({ ...prepared, warnings: [...prepared.warnings, ...faults] }, context.version, { gateway, model, record });
  await output.write(call.has("json") ? `${JSON.stringify(found)}\n` : toStatusScreen(found, toStyle(output, env)));
  return exitCodes.done;
};

function toStatus({ config, warnings }: PreparedCommand, version: string, looked: Pick<Status, "gateway" | "model" | "record">): Status {
  const { memory, window, policy, paths, workspace, cwd, channels, servers } = config;
  const autonomy = toAutonomy(policy);
  return {
    version,
    home: paths.home,
    ...looked,
    memory: memory === false ? false : memory.use,
    window: window.use,
    policy: { use: policy.use, ...(autonomy === undefined ? {} : { autonomy }) },
    boundary: "none",
    workspace: workspace ?? cwd,
    channels: Object.keys(channels ?? {}),
    servers: Object.keys(servers ?? {}),
    warnings,
  };
}

/** As it is stated, else what the shipped policies take; what another one takes only that one knows. */
function toAutonomy({ use, with: { autonomy } }: Config["policy"]): string | undefined {
  if (typeof autonomy === "string") return autonomy;
  return use === "workspace" ? "supervised" : use === "readonly" ? "readonly" : undefined;
}

/** The file alone may be a dead gateway's; its socket says whether it lives. */
async function readGateway({ paths }: Config, { terminal }: CommandContext): Promise<GatewayStatus> {
  const sight = await lookForGateway(paths.state, terminal);
  if (sight.kind === "none") return { running: false };
  if (sight.kind === "ready") sight.client.close();
  const text = await readFile(join(paths.state, "gateway.json"), "utf8").catch(() => "{}");
  const { pid, url, startedAt, version } = toObject(text);
  return {
    running: true,
    ready: sight.kind === "ready",
    ...(typeof pid === "number" ? { pid } : {}),
    ...(typeof url === "string" ? { url } : {}),
    ...(typeof startedAt === "string" ? { since: startedAt } : {}),
    ...(typeof version === "string" ? { version } : {}),
  };
}

function toObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Store and provider of a composition that has neither tools nor servers, memory and hooks: nothing of those is needed to look. */
async function lookInside({ config, host }: PreparedCommand, context: CommandContext): Promise<{ readonly model: ModelStatus; readonly record: RecordStatus }> {
  const { servers: _servers, ...rest } = config;
  const bare: Config = { ...rest, tools: {}, hooks: [], memory: false };
  try {
    const { runtime, close } = await composeRuntime({ config: bare, host, warnings: [] }, context, "status");
    try {
      const [model, record] = await Promise.all([readModel(config, host, runtime.defaultModel), readRecord(runtime.store)]);
      return { model, record };
    } finally {
      await close();
    }
  } catch (error) {
    const problem = toOmniError(error).message;
    return { model: { provider: config.provider.use, problem: "not asked" }, record: { sessions: 0, openTurns: 0, openAsks: 0, problem } };
  }
}

async function readModel({ provider }: Config, host: Host, ask: (signal: AbortSignal) => Promise<{ readonly id: string; readonly contextTokens?: number }>): Promise<ModelStatus> {
  const signal = AbortSignal.timeout(endpointMs);
  try {
    const [{ id, contextTokens }, inferredFrom] = await Promise.all([ask(signal), provider.use === "inferred" ? findInferred(provider, host, signal) : undefined]);
    return { provider: provider.use, id, ...(contextTokens === undefined ? {} : { contextTokens }), ...(inferredFrom === undefined ? {} : { inferredFrom }) };
  } catch (error) {
    const { model } = provider.with;
    const problem = signal.aborted ? `it did not answer within ${endpointMs / 1_000} s` : toOmniError(error).message;
    return { provider: provider.use, ...(typeof model === "string" ? { id: model } : {}), problem };
  }
}

async function readRecord(store: Store): Promise<RecordStatus> {
  const [sessions, turns] = await Promise.all([store.sessions({ limit: mostSessions }), store.unfinished()]);
  const events = await Promise.all(turns.slice(0, mostTurns).map((turn) => store.events(turn.input.turnId)));
  return { sessions: sessions.length, openTurns: turns.length, openAsks: events.reduce((count, each) => count + countOpenAsks(each), 0) };
}

function countOpenAsks(events: readonly DurableEvent[]): number {
  const answered = new Set(events.flatMap((event) => (event.type === "answer" ? [event.askId] : [])));
  return events.filter((event) => event.type === "ask" && !answered.has(event.askId)).length;
}
