import { connectSocket } from "@omni/client";
import type { CallKind, SentMessage } from "../ledger/ledgers.ts";
import type { World } from "./world.ts";
import { toPlanText } from "./message-plan.ts";
import { waitUntil } from "./wait-until.ts";

/** What is said, where, and what is to come of it. */
export interface Saying {
  readonly entrance: "http" | "ws" | "rooms";
  /** The session, or the conversation of the platform. */
  readonly to?: string;
  readonly rounds?: readonly (readonly CallKind[])[];
  /** Parts of the answer. */
  readonly parts?: number;
  readonly mayFail?: boolean;
}

/** A message on its way. */
export interface Sending {
  readonly message: SentMessage;
  /** Resolves with the turn's id (empty on the platform) once the sender was told that it is taken. It sends again, under the same key, for as long as the connection breaks. */
  readonly taken: Promise<string>;
}

/** Says something, and goes on saying it until it is taken, also over restarts of the gateway. */
export function sendMessage(world: World, { entrance, to = "default", rounds = [], parts = 1, mayFail = false }: Saying): Sending {
  const nonce = world.nextNonce();
  const message: SentMessage = { nonce, entrance, sessionId: `${entrance === "rooms" ? "rooms" : "http"}:${to}`, acknowledged: false, mayFail };
  world.sent.push(message);
  const text = toPlanText({ nonce, rounds, parts });
  const taken = entrance === "rooms" ? sendToPlatform(world, message, { to, text }) : entrance === "ws" ? sendOverSocket(world, message, text) : sendOverHttp(world, message, text);
  taken.catch(() => undefined);
  return { message, taken };
}

async function sendOverHttp(world: World, message: SentMessage, text: string): Promise<string> {
  for (;;) {
    const gateway = await world.up();
    try {
      const answer = await gateway.call({ method: "POST", path: "/message?wait=false", body: { message: text, session_id: message.sessionId }, headers: { "idempotency-key": message.nonce } });
      // The same key in flight is the same message, taken; and so it is when its turn has ended, however it did.
      const turnId = answer.body["turn_id"];
      if (answer.status === 200 || typeof turnId === "string") {
        message.acknowledged = true;
        return String(turnId ?? "");
      }
      if (![429, 503].includes(answer.status)) throw new RefusedError(`${message.nonce} was refused: ${answer.status} ${answer.text}`);
    } catch (error) {
      if (error instanceof RefusedError) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Over a WebSocket of its own, which is closed once the frame says that the message is taken: what was accepted ends without its sender. */
async function sendOverSocket(world: World, message: SentMessage, text: string): Promise<string> {
  for (;;) {
    const { url } = await world.up();
    try {
      const socket = await connectSocket({ url, token: await world.token() });
      try {
        const { turnId } = await socket.stream({ message: text, sessionId: message.sessionId }, { idempotencyKey: message.nonce });
        message.acknowledged = true;
        return turnId;
      } finally {
        socket.close();
      }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}

class RefusedError extends Error {}

/** How long a platform's message is looked after: longer than a store is ever locked or down here, which is a minute. */
const patienceMs = 150_000;

async function sendToPlatform(world: World, message: SentMessage, { to, text }: { readonly to: string; readonly text: string }): Promise<string> {
  const number = world.platform.write(to, text, message.nonce);
  if (await waitUntil(() => world.platform.isAcknowledged(number), patienceMs, 10)) message.acknowledged = true;
  return "";
}
