import type { Autonomy, JsonValue } from "@omni/core";
import type { CommandCall, CommandContext } from "../../command-spec.ts";
import type { McpMessage } from "./mcp-message.ts";
import type { OpenRuntime } from "../../open-runtime.ts";
import type { OpenUpstream } from "./mcp-relay.ts";
import type { PreparedCommand } from "../../prepare-command.ts";
import { findGateway, readSocketPath } from "../../find-gateway.ts";
import { join } from "node:path";
import { owner } from "../../owner.ts";
import { isMessage, toErrorMessage } from "./mcp-message.ts";
import { toTurnSettings } from "../../turn-settings.ts";

/** The servers that the command can have. */
export interface Upstreams {
  /** A session of the home's gateway where one runs and takes it, else a server in this process. */
  readonly open: OpenUpstream;
  /** Frees the runtime of this process, where there is one. */
  close(): Promise<void>;
}

/** How calls may run, wherever they do. */
type Settings = Pick<ReturnType<typeof toTurnSettings>, "workspace" | "autonomy">;

/** Composes nothing before it is needed. */
export function createUpstreams(prepared: PreparedCommand, call: CommandCall, context: CommandContext): Upstreams {
  const { config } = prepared;
  const { workspace, autonomy } = toTurnSettings(call, config);
  const settings: Settings = { ...(workspace === undefined ? {} : { workspace }), ...(autonomy === undefined ? {} : { autonomy }) };
  // As far as this command's own configuration lets it: a gateway that is allowed more must not widen that.
  const level = autonomy ?? toAutonomy(config.policy.with["autonomy"]);
  const joining = { ...settings, ...(level === undefined ? {} : { autonomy: level }) };
  let opening: Promise<OpenRuntime> | undefined;
  const compose = async (): Promise<OpenRuntime> => (await import("../../open-runtime.ts")).composeRuntime(prepared, context, "mcp");
  return {
    async open(initialize, events) {
      const socketPath = await findSocket(config.paths.state, context);
      if (socketPath !== undefined) {
        const { openJoinedUpstream } = await import("./joined-upstream.ts");
        const joined = await openJoinedUpstream({ socketPath, after: context.terminal.after }, withSettings(initialize, joining), events).catch(() => undefined);
        if (joined !== undefined) return joined;
      }
      return openLocalUpstream(await (opening ??= compose()), settings, initialize, events);
    },
    async close() {
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

/** The socket of a gateway that is ready. */
async function findSocket(stateFolder: string, { terminal }: CommandContext): Promise<string | undefined> {
  const client = await findGateway(stateFolder, terminal);
  client?.close();
  return client === undefined ? undefined : readSocketPath(join(stateFolder, "gateway.json"));
}

function toAutonomy(value: JsonValue | undefined): Autonomy | undefined {
  return value === "readonly" || value === "supervised" || value === "full" ? value : undefined;
}

/**
 * The client's first request with how its calls may run: that is the command's
 * to say, and not the client's. Nobody but the person at the client is asked,
 * joined to a gateway or not.
 */
function withSettings(initialize: McpMessage, { workspace, autonomy }: Settings): McpMessage {
  const { _meta, ...params } = initialize.params ?? {};
  const kept = Object.entries(typeof _meta === "object" && _meta !== null ? _meta : {}).filter(([name]) => !name.startsWith("omni/"));
  const told = { ...Object.fromEntries(kept), "omni/asks": "nobody", ...(workspace === undefined ? {} : { "omni/workspace": workspace }), ...(autonomy === undefined ? {} : { "omni/autonomy": autonomy }) };
  return { ...initialize, params: { ...params, _meta: told } };
}

/** A server in this process, where nobody but the client's own person can be asked. */
async function openLocalUpstream({ runtime, host }: OpenRuntime, settings: Settings, ...[initialize, events]: Parameters<OpenUpstream>): ReturnType<OpenUpstream> {
  const { openMcpConnection } = await import("@omni/gateway");
  const answer = Promise.withResolvers<McpMessage>();
  const send = (sent: object): void => {
    if (!isMessage(sent)) return;
    if (sent.id === initialize.id && sent.method === undefined) answer.resolve(sent);
    else events.told(sent);
  };
  const connection = await openMcpConnection({ runtime, clock: host.clock, principal: owner, origin: "cli", settings: { asks: "nobody", ...settings }, send });
  const receive = (message: McpMessage): void => {
    if (!connection.receive(message) && message.id !== undefined && message.method !== undefined) send(toErrorMessage(message.id, -32_600, "The message is not of the protocol."));
  };
  receive(initialize);
  return { answer: await answer.promise, upstream: { send: receive, close: connection.close } };
}
