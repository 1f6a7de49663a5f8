import type { CommandBody, CommandCall, CommandContext } from "../../command-spec.ts";
import type { McpRelay } from "./mcp-relay.ts";
import { createCancellation } from "../../cancellation.ts";
import { createMcpRelay } from "./mcp-relay.ts";
import { exitCodes } from "../../exit-codes.ts";
import { readLines } from "../../line-reader.ts";
import { openRuntime } from "../../open-runtime.ts";
import { prepareCommand, tellWarnings } from "../../prepare-command.ts";
import { createUpstreams } from "./upstreams.ts";
import { receiveLine } from "./receive-line.ts";
import { toTurnSettings } from "../../turn-settings.ts";

/** `omni mcp`. */
export const mcp: CommandBody = (call, context) => (call.number("http") === undefined ? serveLines(call, context) : serveHttp(call, context));

/** The protocol on stdin and stdout, one message a line. A signal ends it with what runs. */
async function serveLines(call: CommandCall, context: CommandContext): Promise<number> {
  const { terminal } = context;
  const prepared = await prepareCommand(call, context);
  const upstreams = createUpstreams(prepared, call, context);
  const cancellation = createCancellation(terminal);
  const relay = createMcpRelay({ open: upstreams.open, tell: (message) => void terminal.output.write(`${JSON.stringify(message)}\n`) });
  const asked = new Promise<void>((resolve) => void cancellation.onAsked(resolve));
  try {
    await tellWarnings(prepared, call, context);
    await Promise.race([relayLines(relay, context), relay.failed, asked]);
    return cancellation.isAsked ? exitCodes.cancelled : exitCodes.done;
  } finally {
    await relay.close();
    await upstreams.close();
    cancellation.close();
  }
}

/** Hands every line on, until the input ends and every request is answered, or stdout is closed. */
async function relayLines(relay: McpRelay, { terminal }: CommandContext): Promise<void> {
  for await (const line of readLines(terminal.input)) {
    if (terminal.output.failure !== undefined) return;
    receiveLine(line, relay);
  }
  await relay.end();
}

/** The protocol over HTTP, by the gateway's own route on a port of its own. The first signal ends it, the second does not wait. */
async function serveHttp(call: CommandCall, context: CommandContext): Promise<number> {
  const { terminal } = context;
  const [{ serveMcp }, { runtime, config, host, close }] = await Promise.all([import("@omni/gateway"), openRuntime(call, context, { kind: "mcp" })]);
  const ending = Promise.withResolvers<void>();
  let isEnding = false;
  const end = (): void => {
    isEnding = true;
    ending.resolve();
  };
  try {
    const { workspace, autonomy } = toTurnSettings(call, config);
    const settings = { asks: "nobody" as const, ...(workspace === undefined ? {} : { workspace }), ...(autonomy === undefined ? {} : { autonomy }) };
    const served = await serveMcp({ runtime, config, clock: host.clock, port: call.number("http") ?? 0, settings });
    terminal.onSignal(() => (isEnding ? terminal.leave(exitCodes.cancelled) : end()));
    const { home } = config.paths;
    if (call.has("json")) await terminal.output.write(`${JSON.stringify({ url: served.url, pid: terminal.pid, home })}\n`);
    else await terminal.errors.write(`omni serves MCP on ${served.url} (pid ${terminal.pid}, home ${home}), for tokens of omni tokens add; Ctrl+C stops it.\n`);
    await ending.promise;
    await served.close();
    return exitCodes.done;
  } finally {
    await close();
  }
}
