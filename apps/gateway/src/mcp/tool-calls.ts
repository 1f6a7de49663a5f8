import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { toOmniError } from "@omni/core";
import type { TurnHandle } from "@omni/runtime";
import { findNearestName } from "@omni/runtime";
import type { McpExchange, McpPlace } from "./mcp-place.ts";
import { attendAsks } from "./attend-asks.ts";
import { isCallable } from "./tool-page.ts";
import { toCallResult, toRefusedResult } from "./call-result.ts";

/** Most calls of one client at once. */
const mostRunning = 64;

/** Most texts that were cut whose sessions are remembered. */
const mostPages = 256;

/** The calls of one client. */
export interface ToolCalls {
  /** Runs one. What goes wrong with it is a result; throws an error of the protocol for a tool that is not there, and for one call too many. */
  run(call: { readonly name: string; readonly arguments?: object | undefined }, exchange: McpExchange): Promise<CallToolResult>;
  /** True while one runs. */
  readonly isBusy: boolean;
  /** Resolves when none runs any more. */
  idle(): Promise<void>;
}

/**
 * Each call is a turn of its own without a model, in a session of its own, by
 * the same dispatcher, policy and record as any other. So calls run side by
 * side, and none makes a session grow. A long result is cut as it is for a
 * model; `session.page` is run in the session that keeps the rest.
 */
export function createToolCalls(place: McpPlace): ToolCalls {
  const { runtime, origin } = place;
  const pages = new Map<string, string>();
  const running = new Set<Promise<CallToolResult>>();
  const run = async (name: string, args: object, exchange: McpExchange): Promise<CallToolResult> => {
    const known = "checkpointId" in args && typeof args.checkpointId === "string" ? pages.get(args.checkpointId) : undefined;
    const sessionId = known ?? `${origin}:mcp-${crypto.randomUUID()}`;
    try {
      const { outcome, gaveUp } = await follow(await submit(`${name} ${JSON.stringify(args)}`, sessionId, exchange, place), exchange, place);
      const events = await runtime.store.events(outcome.turnId);
      const cut = events.find((event) => event.type === "tool-result")?.checkpointId;
      if (cut !== undefined) remember(pages, cut, sessionId);
      return toCallResult(events, outcome, { gaveUp, principal: place.principal });
    } catch (error) {
      const told = toOmniError(error);
      if (told.code === "internal") runtime.log.error("a call of an MCP client broke", { tool: name, message: told.stack ?? told.message });
      return toRefusedResult(told, place.principal);
    }
  };
  return {
    async run(call, exchange) {
      await runtime.listed();
      checkName(call.name, place);
      if (running.size >= mostRunning) throw new McpError(ErrorCode.InvalidRequest, `${mostRunning} calls of this client are running; wait for an answer first.`);
      const result = run(call.name, call.arguments ?? {}, exchange);
      running.add(result);
      return result.finally(() => running.delete(result));
    },
    get isBusy() {
      return running.size > 0;
    },
    idle: async () => void (await Promise.all(running)),
  };
}

function checkName(name: string, { runtime: { tools } }: McpPlace): void {
  if (tools.find(name) !== undefined && isCallable(name)) return;
  const nearest = findNearestName(name, tools.list().map(({ tool }) => tool.name));
  throw new McpError(ErrorCode.InvalidParams, `There is no tool ${JSON.stringify(name.slice(0, 100))}.${nearest === undefined ? "" : ` Did you mean ${nearest}?`}`);
}

function submit(text: string, sessionId: string, { elicit }: McpExchange, { principal, origin, settings, ...place }: McpPlace): Promise<TurnHandle> {
  const { asks, workspace, autonomy } = settings;
  return place.submit({
    text,
    sessionId,
    principal,
    origin,
    interactive: asks === "people" || elicit !== undefined,
    ...(workspace === undefined ? {} : { workspace }),
    ...(autonomy === undefined ? {} : { autonomy }),
  });
}

/** Sees a call to its end: asks are put, progress is told, and a client that cancels stops it. */
async function follow(handle: TurnHandle, exchange: McpExchange, place: McpPlace): Promise<{ readonly outcome: Awaited<TurnHandle["outcome"]>; readonly gaveUp: boolean }> {
  const { turnId } = handle;
  const { signal } = exchange;
  const { runtime } = place;
  const stop = (): void => void runtime.cancel(turnId).catch((error: unknown) => runtime.log.error("a call of an MCP client could not be stopped", { turnId, message: String(error) }));
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const asks = attendAsks({ turnId, stopCall: stop }, exchange, place);
  try {
    // What is told live may be lost; the end is not told by it.
    void tellProgress(handle, exchange).catch(() => undefined);
    const outcome = await handle.outcome;
    return { outcome, gaveUp: asks.gaveUp };
  } finally {
    asks.stop();
    signal.removeEventListener("abort", stop);
  }
}

async function tellProgress(handle: TurnHandle, exchange: McpExchange): Promise<void> {
  for await (const { event } of handle.events(undefined, exchange.signal)) if (event.type === "progress") await exchange.progress(event.text);
}

function remember(pages: Map<string, string>, checkpointId: string, sessionId: string): void {
  pages.set(checkpointId, sessionId);
  for (const oldest of pages.keys()) {
    if (pages.size <= mostPages) return;
    pages.delete(oldest);
  }
}
