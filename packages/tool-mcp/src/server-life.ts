import type { Clock, Random } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Connection, OpenConnection } from "./connection.ts";
import { RequestFailure, toReason } from "./request-failure.ts";

/**
 * Where a server stands. `idle`: closed for want of calls, the next one opens
 * it. `backoff`: it failed and is tried again soon. `broken`: it failed so
 * often that it is tried once a minute only.
 */
export type ServerState = "disabled" | "connecting" | "ready" | "idle" | "backoff" | "broken" | "closed";

/** First and longest wait before a server is started again, milliseconds; each doubles the one before. */
const firstBackoffMs = 1_000;
const longestBackoffMs = 30_000;

/** Failures in a row after which a server counts as broken, and how long until it is tried again. */
const mostFailures = 5;
const brokenMs = 60_000;

/** A connection that held this long forgives the failures before it, as a call that was answered does; milliseconds. */
const soundMs = 60_000;

/** Time a server has until it can be spoken to: a first start may have to download it. Milliseconds. */
const connectMs = 90_000;

/** Time a call waits for a server that is on its way, milliseconds. */
const waitMs = 10_000;

/** Silence after which a server without calls is pinged, and time it has to answer; milliseconds. */
const pingMs = 30_000;
const pongMs = 10_000;

/** What a life is made from. */
export interface LifeParts {
  readonly name: string;
  /** True for a server that is never started. */
  readonly isDisabled?: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly open: OpenConnection;
  readonly idleTimeoutMs?: number;
  /** Called with every new connection before calls may use it; when it rejects the connection is given up. */
  readonly greet: (connection: Connection, signal: AbortSignal) => Promise<void>;
  readonly toolsChanged: () => void;
  readonly stateChanged: (state: ServerState, reason: string | undefined) => void;
}

/** A server that is kept alive. */
export interface ServerLife {
  readonly state: ServerState;
  /** Failures in a row, since the last call that was answered. */
  readonly failures: number;
  /** Milliseconds until it is tried again; undefined where that is not so. */
  readonly retryInMs: number | undefined;
  readonly connection: Connection | undefined;
  /** Starts connecting in the background. */
  start(): void;
  /**
   * Runs `body` on a connection, waiting a while for one. What was surely not
   * sent is sent once more over a new connection; nothing else ever is.
   * Rejects with `RequestFailure`, or `tool.failed` where there is no connection.
   */
  use<T>(signal: AbortSignal, body: (connection: Connection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Life {
  readonly parts: LifeParts;
  readonly waiters: Set<() => void>;
  state: ServerState;
  failures: number;
  users: number;
  readyAt: number;
  retryAt: number | undefined;
  lastReason: string | undefined;
  connection: Connection | undefined;
  opening: AbortController | undefined;
  callOffRetry: () => void;
  callOffIdle: () => void;
  callOffPing: () => void;
  ending: Promise<void> | undefined;
}

/** Makes a life that has not begun. */
export function createServerLife(parts: LifeParts): ServerLife {
  const nothing = (): void => undefined;
  const life: Life = {
    ...{ parts, waiters: new Set(), state: parts.isDisabled === true ? "disabled" : "idle", failures: 0, users: 0, readyAt: 0, retryAt: undefined, lastReason: undefined },
    ...{ connection: undefined, opening: undefined, callOffRetry: nothing, callOffIdle: nothing, callOffPing: nothing, ending: undefined },
  };
  return {
    get state() {
      return life.state;
    },
    get failures() {
      return life.failures;
    },
    get retryInMs() {
      return life.retryAt === undefined ? undefined : Math.max(0, life.retryAt - parts.clock.monotonic());
    },
    get connection() {
      return life.connection;
    },
    start: () => connect(life),
    use: (signal, body) => use(life, signal, body),
    close: () => (life.ending ??= close(life)),
  };
}

function enter(life: Life, state: ServerState, reason?: string): void {
  life.state = state;
  if (reason !== undefined) life.lastReason = reason;
  life.parts.stateChanged(state, reason);
  for (const wake of life.waiters) wake();
}

function connect(life: Life): void {
  if (!["idle", "backoff", "broken"].includes(life.state)) return;
  const { parts } = life;
  life.callOffRetry();
  life.retryAt = undefined;
  const opening = new AbortController();
  life.opening = opening;
  enter(life, "connecting");
  const callOff = parts.clock.after(connectMs, () => opening.abort(new Error(`it did not answer within ${connectMs / 1_000} s`)));
  const found = { isCurrent: true };
  const lost = (reason: string): void => {
    if (found.isCurrent && life.opening === opening) fail(life, reason);
    found.isCurrent = false;
  };
  const toolsChanged = (): void => {
    if (life.opening === opening) parts.toolsChanged();
  };
  const run = async (): Promise<void> => {
    const connection = await parts.open({ lost, toolsChanged }, opening.signal);
    if (opening.signal.aborted) return connection.close();
    life.connection = connection;
    await parts.greet(connection, opening.signal);
    if (life.opening === opening) settle(life);
  };
  void run()
    .catch((error: unknown) => lost(toReason(opening.signal.aborted ? opening.signal.reason : error)))
    .finally(callOff);
}

function settle(life: Life): void {
  life.readyAt = life.parts.clock.monotonic();
  enter(life, "ready");
  armPing(life);
  armIdle(life);
}

/** A connection, or an attempt at one, is over. What it was is closed, and the next attempt is planned. */
function fail(life: Life, reason: string): void {
  if (life.state === "closed") return;
  const { clock, random } = life.parts;
  const wasSound = life.state === "ready" && clock.monotonic() - life.readyAt >= soundMs;
  life.failures = wasSound ? 1 : life.failures + 1;
  drop(life);
  const isBroken = life.failures >= mostFailures;
  const backoff = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (life.failures - 1));
  // Half of the wait is left to chance, so that servers that failed together do not come back together.
  const wait = isBroken ? brokenMs : backoff * (0.5 + random.next() / 2);
  life.retryAt = clock.monotonic() + wait;
  life.callOffRetry = clock.after(wait, () => connect(life));
  enter(life, isBroken ? "broken" : "backoff", reason);
}

function drop(life: Life): Promise<void> {
  const { connection, opening } = life;
  life.connection = undefined;
  life.opening = undefined;
  life.callOffPing();
  life.callOffIdle();
  opening?.abort(new Error("the connection is wanted no more"));
  return connection?.close() ?? Promise.resolve();
}

async function use<T>(life: Life, signal: AbortSignal, body: (connection: Connection) => Promise<T>): Promise<T> {
  life.users += 1;
  life.callOffIdle();
  try {
    return await attempt(life, signal, body).catch(async (error: unknown) => {
      if (!(error instanceof RequestFailure) || error.fate !== "unsent" || !error.isFinal) throw error;
      return attempt(life, signal, body);
    });
  } finally {
    life.users -= 1;
    armIdle(life);
  }
}

async function attempt<T>(life: Life, signal: AbortSignal, body: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await waitReady(life, signal);
  try {
    const result = await body(connection);
    // A server that does its work is no server that fails at every start, however short its connections are.
    if (life.connection === connection) life.failures = 0;
    return result;
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    if (error.isFinal && life.connection === connection) fail(life, error.message);
    // One call less; a server that answers nobody is found out now and not at the next ping.
    if (error.fate === "timeout" && life.users === 1) void ping(life, connection);
    throw error;
  }
}

async function waitReady(life: Life, signal: AbortSignal): Promise<Connection> {
  const { clock, name } = life.parts;
  const until = clock.monotonic() + waitMs;
  if (life.state === "idle") connect(life);
  for (;;) {
    if (signal.aborted) throw new RequestFailure("aborted", "it was stopped before it was sent");
    if (life.state === "ready" && life.connection !== undefined) return life.connection;
    const left = until - clock.monotonic();
    const isHopeless = life.state === "broken" || life.state === "closed" || life.state === "disabled";
    if (isHopeless || left <= 0) {
      const why = life.lastReason === undefined ? "" : ` Last seen: ${life.lastReason}.`;
      throw new OmniError("tool.failed", `The MCP server ${name} is ${toStateWords(life)}; the call was not made.${why} Try again later, or do without it.`, { retryable: life.state !== "closed" });
    }
    await change(life, left, signal);
  }
}

function toStateWords(life: Life): string {
  const seconds = life.retryAt === undefined ? undefined : Math.ceil((life.retryAt - life.parts.clock.monotonic()) / 1_000);
  if (life.state === "connecting") return "still starting";
  if (seconds === undefined) return life.state;
  return `down after ${life.failures} failures and is tried again in ${Math.max(0, seconds)} s`;
}

/** Resolves at the next change of state, after `milliseconds`, or when the signal is aborted. */
function change(life: Life, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      callOff();
      life.waiters.delete(done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const callOff = life.parts.clock.after(milliseconds, done);
    life.waiters.add(done);
    signal.addEventListener("abort", done, { once: true });
  });
}

function armPing(life: Life): void {
  const { connection, parts } = life;
  if (connection === undefined) return;
  life.callOffPing = parts.clock.after(pingMs, () => {
    const isSilent = parts.clock.monotonic() - connection.lastHeard() >= pingMs;
    const checked = isSilent && life.users === 0 ? ping(life, connection) : Promise.resolve();
    void checked.then(() => {
      if (life.connection === connection) armPing(life);
    });
  });
}

/** Any answer will do, an error too. A server at work may be too busy to answer, so it is not asked. */
async function ping(life: Life, connection: Connection): Promise<void> {
  try {
    await connection.request("ping", {}, { signal: new AbortController().signal, timeoutMs: pongMs });
  } catch (error) {
    const isDead = !(error instanceof RequestFailure) || (error.fate !== "answered" && error.fate !== "malformed");
    if (isDead && life.connection === connection && life.users === 0) fail(life, `it does not answer (${toReason(error)})`);
  }
}

function armIdle(life: Life): void {
  const { clock, idleTimeoutMs } = life.parts;
  if (idleTimeoutMs === undefined || life.state !== "ready" || life.users > 0) return;
  life.callOffIdle();
  life.callOffIdle = clock.after(idleTimeoutMs, () => {
    if (life.state !== "ready" || life.users > 0) return;
    void drop(life);
    enter(life, "idle");
  });
}

async function close(life: Life): Promise<void> {
  life.callOffRetry();
  life.retryAt = undefined;
  const dropped = drop(life);
  enter(life, "closed");
  await dropped;
}
