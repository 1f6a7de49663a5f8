import type { TurnOutcome } from "@omni/core";
import { OmniError } from "@omni/core";
import type { TurnHandle } from "@omni/runtime";
import type { McpExchange, McpPlace } from "./mcp-place.ts";
import { attendAsks } from "./attend-asks.ts";

/** How a call came to its end. */
export interface FollowedCall {
  readonly outcome: TurnOutcome;
  /** It was stopped because nobody answered what it asked. */
  readonly gaveUp: boolean;
}

/**
 * Sees a call to its end: asks are put, progress is told, and a client that
 * cancels stops it. One that the store holds up goes on when there is room,
 * and is followed until then. Rejects where nothing more comes of it in this
 * process, and where the client has gone while it is held up: it was taken all
 * the same, and what comes of it is on its record.
 */
export async function followCall(handle: TurnHandle, exchange: McpExchange, place: McpPlace): Promise<FollowedCall> {
  const { turnId } = handle;
  const { signal } = exchange;
  const { runtime } = place;
  const left = Promise.withResolvers<never>();
  left.promise.catch(() => undefined);
  const stop = async (): Promise<void> => {
    await runtime.cancel(turnId).catch((error: unknown) => runtime.log.error("a call of an MCP client could not be stopped", { turnId, message: String(error) }));
  };
  const leave = (): void => void stop().then(() => left.reject(new OmniError("turn.cancelled", "The client waits for the call no longer.")));
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  const asks = attendAsks({ turnId, stopCall: () => void stop() }, exchange, place);
  try {
    const outcome = await untilEnded(handle, left.promise, exchange, place);
    return { outcome, gaveUp: asks.gaveUp };
  } finally {
    asks.stop();
    signal.removeEventListener("abort", leave);
  }
}

/** The end of a turn, however often it is held up. A client that leaves stops a turn that runs, and that is waited for; one that is held up may not end for long. */
async function untilEnded(handle: TurnHandle, left: Promise<never>, exchange: McpExchange, { runtime }: McpPlace): Promise<TurnOutcome> {
  const tell = createTelling(exchange);
  for (let current = handle; ; ) {
    const { outcome } = current;
    tell(current);
    try {
      return await (current === handle ? outcome : Promise.race([outcome, left]));
    } catch (error) {
      // Whoever was held up has another outcome to wait for.
      const goesOn = runtime.follow(handle.turnId);
      if (goesOn === undefined || goesOn.outcome === outcome) throw error;
      current = goesOn;
    }
  }
}

/** Tells the progress of a turn, and once it was held up what comes after. What is told live may be lost; the end is not told by it. */
function createTelling(exchange: McpExchange): (handle: TurnHandle) => void {
  let seen: string | undefined;
  let told: Promise<void> = Promise.resolve();
  const tell = async (handle: TurnHandle): Promise<void> => {
    for await (const { id, event } of handle.events(seen, exchange.signal)) {
      seen = id;
      if (event.type === "progress") await exchange.progress(event.text);
    }
  };
  return (handle) => {
    told = told.then(() => tell(handle)).catch(() => undefined);
  };
}
