import type { Clock, Effect, JsonObject, JsonValue, Log, OmniErrorCode, Store, TurnError, TurnOutcome } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { IncomingMessage } from "../runtime.ts";
import { createKeyedOrder } from "../keyed-order.ts";
import { findTaken } from "../find-taken.ts";
import { toSha256 } from "../sha256.ts";

/** Most keys of one principal that are remembered; a client sends again within minutes, if ever. */
const mostRemembered = 256;

/** Kind of the documents, one a key. */
const kind = "keyed-command";

/** Why nothing can be written now, and may be later. */
const passing: ReadonlySet<OmniErrorCode> = new Set<OmniErrorCode>(["store.full", "store.busy"]);

/** One use of a command. */
export interface CommandUse {
  readonly message: IncomingMessage;
  readonly turnId: string;
  /** The session it is said in, whose end is the end of the key. */
  readonly sessionId: string;
  readonly effect: Effect;
  readonly isUrgent: boolean;
  /** Resolves with what is answered. */
  run(): Promise<string>;
}

/**
 * Idempotency keys of what becomes no turn; the store itself knows those of
 * turns. Across the ends of processes, for the newest 256 of a principal.
 */
export interface KeyedCommands {
  /**
   * Runs a command, under one key once: a second use is given the answer of
   * the first, and waits for it where it is being worked on. What was refused
   * or failed is tried again. Where the program ended between the effect and
   * the answer, a command that may safely be repeated is run again; of any
   * other a second use is told, as a failure `tool.unknown-fate`, that it may
   * or may not have had its effect, and is never run. Rejects with
   * `request.mismatch` where the key came with another message, also one that
   * became a turn, and with `store.*` where the key cannot be noted, which
   * holds up nothing that is urgent.
   */
  once(use: CommandUse): Promise<TurnOutcome>;
  /** Hands on a message that is to become a turn. Rejects with `request.mismatch` where a command has used its key. */
  hand<T>(message: IncomingMessage, submit: () => Promise<T>): Promise<T>;
  /** Forgets the keys of the commands of a session, with what was answered. */
  forget(sessionId: string): Promise<void>;
}

type Documents = Pick<Store, "accept" | "getDocument" | "putDocument" | "listDocuments" | "deleteDocument">;

/** What is kept of a key; without an output it is being worked on, or was when the program ended. */
interface KeyRecord {
  readonly principal: string;
  readonly bodyHash: string;
  readonly turnId: string;
  readonly sessionId: string;
  readonly output: string | null;
  /** Unix milliseconds, and later than any other of the principal also where the clock was set back: they are forgotten in this order. */
  readonly at: number;
}

/** Keeps the keys as documents of the store. */
export function createKeyedCommands(store: Documents, clock: Clock, log: Log): KeyedCommands {
  const order = createKeyedOrder();
  return {
    async once(use) {
      const { idempotency, principal } = use.message;
      const { turnId, sessionId } = use;
      if (idempotency === undefined) return toOutcome(use, await use.run());
      const record: KeyRecord = { principal: principal.id, bodyHash: idempotency.bodyHash, turnId, sessionId, output: null, at: clock.now() };
      const id = toId(use.message, idempotency.key);
      return order.of(id, async () => {
        let found: Found;
        try {
          found = await findOrNote(id, record, use, store);
        } catch (error) {
          // Where nothing can be written nothing comes in either that a second use would meet.
          if (!use.isUrgent || !passing.has(toOmniError(error).code)) throw error;
          return toOutcome(use, await use.run());
        }
        return "earlier" in found ? found.earlier : toOutcome(use, await runAndKeep(id, found.noted, use, { store, log }));
      });
    },
    async hand(message, submit) {
      const { idempotency } = message;
      if (idempotency === undefined) return submit();
      const id = toId(message, idempotency.key);
      return order.of(id, async () => {
        if ((await store.getDocument(kind, id)) !== undefined) throw toMismatch();
        return submit();
      });
    },
    async forget(sessionId) {
      for (const { id, value } of await store.listDocuments(kind)) if (toRecord(value)?.sessionId === sessionId) await store.deleteDocument(kind, id);
    },
  };
}

/** What a second use is given, or the record of one that is to be run. */
type Found = { readonly earlier: TurnOutcome } | { readonly noted: KeyRecord };

/** Looks for an earlier use. Where there was none, or it is to be run again, its record is then on disk: whoever comes after a kill must find that there may have been an effect. */
async function findOrNote(id: string, record: KeyRecord, use: CommandUse, store: Documents): Promise<Found> {
  const found = await store.getDocument(kind, id);
  const known = found === undefined ? undefined : toRecord(found.value);
  if (known === undefined ? await isOfTurn(use, store, record.at) : known.bodyHash !== record.bodyHash) throw toMismatch();
  if (known !== undefined && known.output !== null) return { earlier: toOutcome(known, known.output) };
  if (known !== undefined && use.effect === "once") return { earlier: toLost(known) };
  const newest = Math.max(...(await listOthers(id, record.principal, store)).map(({ at }) => at));
  const noted = { ...record, at: Math.max(record.at, newest + 1) };
  if (use.effect === "read" || (await store.putDocument(kind, id, { ...noted }, found?.version ?? 0))) return { noted };
  throw new OmniError("request.conflict", "The command of this idempotency key is being worked on by another process; try again in a moment.", { retryable: true, retryAfterMs: 1_000 });
}

/** Runs the command and keeps its answer before that is given. What was done stands, also where the answer cannot be kept. */
async function runAndKeep(id: string, record: KeyRecord, use: CommandUse, { store, log }: { readonly store: Documents; readonly log: Log }): Promise<string> {
  let output: string;
  try {
    output = await use.run();
  } catch (error) {
    await store.deleteDocument(kind, id).catch(() => undefined);
    throw error;
  }
  try {
    await store.putDocument(kind, id, { ...record, output });
    await forgetOldest(id, record.principal, store);
  } catch (error) {
    log.warn("the answer of a command could not be kept under its idempotency key", { turnId: record.turnId, message: toOmniError(error).message });
  }
  return output;
}

/** Forgets what is too much beside the key that was kept just now, which is never forgotten itself. */
async function forgetOldest(kept: string, principal: string, store: Documents): Promise<void> {
  const others = await listOthers(kept, principal, store);
  const oldest = others.toSorted((one, other) => one.at - other.at).slice(0, Math.max(0, others.length + 1 - mostRemembered));
  for (const { id } of oldest) await store.deleteDocument(kind, id);
}

/** The keys of a principal but this one. */
async function listOthers(one: string, principal: string, store: Documents): Promise<readonly { readonly id: string; readonly at: number }[]> {
  return (await store.listDocuments(kind)).flatMap(({ id, value }) => {
    const record = toRecord(value);
    return id !== one && record?.principal === principal ? [{ id, at: record.at }] : [];
  });
}

/** True where a turn has used the key. The store says so before it looks for room, and where there is room for none it takes nothing in. */
async function isOfTurn({ message, turnId, sessionId }: CommandUse, store: Documents, at: number): Promise<boolean> {
  return (await findTaken({ message, turnId, sessionId, at }, store)).result !== "full";
}

/** One for a principal and a key, which itself is not kept. */
function toId({ principal }: Pick<IncomingMessage, "principal">, key: string): string {
  return toSha256(JSON.stringify([principal.id, key]));
}

function toMismatch(): OmniError {
  return new OmniError("request.mismatch", "This idempotency key was used before with another message; use a new key.");
}

function toOutcome({ turnId, sessionId }: Pick<KeyRecord, "turnId" | "sessionId">, output: string, error: TurnError | null = null): TurnOutcome {
  return { status: error === null ? "completed" : "failed", turnId, sessionId, output, rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error };
}

function toLost(record: KeyRecord): TurnOutcome {
  const message = "This command was being worked on when Omni was stopped. It may or may not have had its effect, and is not run again: look with /status, then send it under a new key.";
  return toOutcome(record, message, { code: "tool.unknown-fate", message });
}

/** A document that does not hold what it should is none. */
function toRecord(value: JsonValue): KeyRecord | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { principal, bodyHash, turnId, sessionId, output, at } = value as JsonObject;
  if (typeof principal !== "string" || typeof bodyHash !== "string" || typeof turnId !== "string" || typeof sessionId !== "string" || typeof at !== "number") return undefined;
  return { principal, bodyHash, turnId, sessionId, output: typeof output === "string" ? output : null, at };
}
