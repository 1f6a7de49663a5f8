import type { Autonomy, OmniError } from "@omni/core";
import { isOmniError } from "@omni/core";
import type { Client, MessageRequest } from "@omni/client";
import type { IncomingMessage } from "@omni/runtime";
import { toSessionId } from "@omni/runtime";
import type { GatewayLink, JoinedTurn } from "./joined-turn.ts";
import type { Terminal } from "./terminal.ts";
import type { TurnService } from "./turn-service.ts";
import { createJoinedAsks } from "./joined-asks.ts";
import { followTurn, isCut } from "./joined-turn.ts";

/** How often, and how many times, a gateway that went away is looked for: some fifteen seconds, for what starts it again waits too, and a busy machine starts it slowly. */
const lookMs = 100;
const mostLooks = 150;

/** What turns in a gateway are made from. */
export interface JoinedTurnsOptions {
  /** The gateway that was found. */
  readonly client: Client;
  /** Looks for the gateway of the home anew. */
  find(): Promise<Client | undefined>;
  /** A runtime of this process, for what no gateway takes. */
  openLocal(): Promise<TurnService>;
  /** Never the same twice. */
  newId(): string;
  readonly after: Terminal["after"];
  /** How far turns may go that do not say so themselves; the gateway's own setting when absent. */
  readonly autonomy?: Autonomy;
}

/**
 * Turns in the gateway of the home. A message that no gateway takes (it has
 * gone, it is stopping, the message is larger than it allows) runs in this
 * process instead: the leases of the store keep the order of a session.
 */
export function createJoinedTurns(options: JoinedTurnsOptions): TurnService {
  const { find, openLocal, newId, autonomy } = options;
  const joined = new Map<string, JoinedTurn>();
  const asks = createJoinedAsks();
  const link = createLink(options, asks);
  let local: TurnService | undefined;

  const submitHere = async (message: IncomingMessage): Promise<Awaited<ReturnType<TurnService["submit"]>>> => {
    if (local === undefined) {
      local = await openLocal();
      local.onAsks(asks.notify);
    }
    return local.submit(message);
  };
  const follow = async (client: Client, message: IncomingMessage, sending: Parameters<Client["stream"]>[1]): Promise<JoinedTurn> => {
    const sessionId = toSessionId(message.sessionId, message.origin);
    const turn = followTurn(await client.stream(toRequest(message, sessionId, autonomy), sending), sessionId, client, link);
    joined.set(turn.turnId, turn);
    turn.outcome.catch(() => undefined).finally(() => joined.delete(turn.turnId));
    return turn;
  };

  return {
    async submit(message) {
      const idempotencyKey = newId();
      try {
        const client = link.current() ?? link.use(await find());
        return client === undefined ? await submitHere(message) : await follow(client, message, { idempotencyKey });
      } catch (error) {
        if (isNotTaken(error)) {
          if (error.code !== "request.too-large") link.use(undefined);
          return submitHere(message);
        }
        if (!isCut(error)) throw error;
        // It may have been taken: the key makes sure that it is taken once.
        const client = await link.wait();
        if (client === undefined) throw error;
        return follow(client, message, { idempotencyKey, lastEventId: "0.0" });
      }
    },
    cancel: async (turnId) => (await (joined.get(turnId)?.cancel() ?? local?.cancel(turnId))) ?? false,
    asks: () => [...asks.asks(), ...(local?.asks() ?? [])],
    onAsks: asks.onAsks,
    async answer(askId, reply, principal) {
      if (!asks.has(askId)) return local?.answer(askId, reply, principal);
      try {
        await link.current()?.answer(askId, reply);
      } catch (error) {
        const isGone = isOmniError(error) && error.code === "ask.not-found";
        // One that the gateway still has open stays so here, and can be answered again. While the gateway is away it is closed here anyway, and opens again when that is back.
        if (isGone) asks.close(askId);
        if (!isCut(error)) throw error;
      }
      asks.close(askId);
    },
  };
}

/** The gateway as it comes and goes. */
function createLink({ client, find, after }: JoinedTurnsOptions, asks: GatewayLink["asks"]): GatewayLink & { use(next: Client | undefined): Client | undefined } {
  let current: Client | undefined = client;
  let waiting: Promise<Client | undefined> | undefined;
  const pause = (): Promise<void> => new Promise((resolve) => void after(lookMs, resolve));
  const use = (next: Client | undefined): Client | undefined => {
    current?.close();
    current = next;
    return next;
  };
  const look = async (): Promise<Client | undefined> => {
    for (let looks = 0; looks < mostLooks; looks += 1) {
      const found = await find();
      if (found !== undefined) return use(found);
      await pause();
    }
    return use(undefined);
  };
  return {
    asks,
    pause,
    use,
    current: () => current,
    // Many turns may be waiting; they look together.
    wait: () => (waiting ??= look().finally(() => (waiting = undefined))),
  };
}

/** True where it is sure that the message was not taken: nobody was there, or who was there refused it. */
function isNotTaken(error: unknown): error is OmniError {
  if (!isOmniError(error)) return false;
  const { code, cause } = error;
  if (code === "gateway.draining" || code === "request.too-large") return true;
  return code === "egress.failed" && cause instanceof Error && "code" in cause && (cause.code === "ECONNREFUSED" || cause.code === "ENOENT");
}

/** The message as the gateway takes it. */
function toRequest(message: IncomingMessage, sessionId: string, autonomy: Autonomy | undefined): MessageRequest {
  const { text, origin, interactive, workspace, model, limits } = message;
  const level = message.autonomy ?? autonomy;
  return {
    message: text,
    sessionId,
    origin,
    interactive,
    ...(workspace === undefined ? {} : { workspace }),
    ...(model === undefined ? {} : { model }),
    ...(level === undefined ? {} : { autonomy: level }),
    ...(limits?.maxRounds === undefined ? {} : { maxRounds: limits.maxRounds }),
    ...(limits?.timeoutMs === undefined ? {} : { timeoutMs: limits.timeoutMs }),
  };
}
