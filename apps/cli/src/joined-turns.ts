import type { Autonomy } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { Client, MessageRequest } from "@omni/client";
import type { IncomingMessage } from "@omni/runtime";
import { toSessionId } from "@omni/runtime";
import type { GatewayLink, JoinedTurn } from "./joined-turn.ts";
import type { Terminal } from "./terminal.ts";
import type { SubmittedTurn, TurnService } from "./turn-service.ts";
import { createJoinedAsks } from "./joined-asks.ts";
import { createUnsureMessages } from "./unsure-messages.ts";
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
  const unsure = createUnsureMessages();
  const here = createHere(openLocal, asks.notify);

  /** Sends a message; one that was taken under the key before is followed from its beginning. */
  const follow = async (client: Client, message: IncomingMessage, idempotencyKey: string): Promise<JoinedTurn> => {
    const sessionId = toSessionId(message.sessionId, message.origin);
    const turn = followTurn(await client.stream(toRequest(message, sessionId, autonomy), { idempotencyKey }), sessionId, client, link);
    joined.set(turn.turnId, turn);
    turn.outcome.catch(() => undefined).finally(() => joined.delete(turn.turnId));
    return turn;
  };

  const send = async (message: IncomingMessage, idempotencyKey: string, earlier: string | undefined): Promise<SubmittedTurn> => {
    const there = link.current() ?? link.use(await find());
    if (there === undefined) return here.submit(message, earlier);
    try {
      return await follow(there, message, idempotencyKey);
    } catch (error) {
      if (isNotTaken(error)) {
        if (error.code !== "request.too-large") link.use(undefined);
        return here.submit(message, earlier);
      }
      if (!isCut(error)) throw error;
      // It may have been taken: the key makes sure that it is taken once.
      try {
        const client = await link.wait();
        if (client !== undefined) return await follow(client, message, idempotencyKey);
      } catch (again) {
        if (!isCut(again)) throw again;
      }
      unsure.keep(message, idempotencyKey);
      throw toUnsure(message, error);
    }
  };

  return {
    async submit(message) {
      const earlier = unsure.keyOf(message);
      const turn = await send(message, earlier ?? newId(), earlier);
      unsure.forget(message);
      return turn;
    },
    cancel: async (turnId) => (await (joined.get(turnId)?.cancel() ?? here.turns?.cancel(turnId))) ?? false,
    asks: () => [...asks.asks(), ...(here.turns?.asks() ?? [])],
    onAsks: asks.onAsks,
    async answer(askId, reply, principal) {
      const waiting = asks.asks().find(({ ask }) => ask.askId === askId);
      const answering = waiting === undefined ? here.turns?.answer(askId, reply, principal) : joined.get(waiting.turnId)?.answer(askId, reply);
      if (answering === undefined) throw new OmniError("ask.not-found", "The question is not open here any more.");
      await answering;
    },
  };
}

/** Turns of this process, which is opened for the first message that no gateway takes. */
function createHere(openLocal: () => Promise<TurnService>, changed: () => void): { readonly turns: TurnService | undefined; submit(message: IncomingMessage, key: string | undefined): Promise<SubmittedTurn> } {
  let turns: TurnService | undefined;
  return {
    get turns() {
      return turns;
    },
    async submit(message, key) {
      if (turns === undefined) {
        turns = await openLocal();
        turns.onAsks(changed);
      }
      return key === undefined ? turns.submit(message) : submitUnless(key, message, turns);
    },
  };
}

/** Has a message run here, unless it was taken under this key before: it is recorded then, and what it was bound to there is known to the gateway alone. */
async function submitUnless(key: string, message: IncomingMessage, local: TurnService): Promise<SubmittedTurn> {
  try {
    return await local.submit({ ...message, idempotency: { key, bodyHash: "" } });
  } catch (error) {
    if (!isOmniError(error) || error.code !== "request.mismatch") throw error;
    throw new OmniError("gateway.draining", `The gateway had taken the message before it went away, and its turn goes on at the gateway's next start. Look at it with: omni sessions show ${toSessionId(message.sessionId, message.origin)}`, { cause: error });
  }
}

/** The error of a message of which nobody knows whether it was taken. */
function toUnsure(message: IncomingMessage, cause: OmniError): OmniError {
  return new OmniError("egress.failed", `The gateway went away before it said that it took the message, which may have been taken. Sent again from here it is taken once; elsewhere look first with: omni sessions show ${toSessionId(message.sessionId, message.origin)}`, { cause, retryable: true });
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
