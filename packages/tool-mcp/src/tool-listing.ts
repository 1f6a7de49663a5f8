import type { Clock, JsonObject, Log } from "@omni/core";
import type { Connection } from "./connection.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { OfferedTools } from "./offered-tools.ts";
import { listPages } from "./list-pages.ts";
import { RequestFailure, toReason } from "./request-failure.ts";

/** Time a server has for its whole list, milliseconds. */
const listMs = 60_000;

/** How long changes of the list are gathered: the first one, and those that follow within a second of a reading; milliseconds. */
const gatherMs = 100;
const gatherMoreMs = 1_000;

/** Reads a server's list of tools, one reading at a time. */
export interface ToolListing {
  /** Reads the whole list of a new connection and offers it; rejects where it cannot be read within a minute. */
  read(connection: Connection, signal: AbortSignal): Promise<void>;
  /** Reads it again soon: what changes while it is read is read once more after that, and a storm of changes once a second. */
  schedule(): void;
  close(): void;
}

/** What a listing is made from. */
export interface ToolListingParts {
  readonly owner: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly diagnosis: Diagnosis;
  readonly offered: OfferedTools;
  /** The connection there is now, also one that is being read for the first time. */
  readonly current: () => Connection | undefined;
}

/** Makes a listing that has read nothing. */
export function createToolListing({ owner, clock, log, diagnosis, offered, current }: ToolListingParts): ToolListing {
  const ended = new AbortController();
  let reading: Connection | undefined;
  let isPlanned = false;
  /** True where the list changed after the reading that runs began. */
  let isDirty = false;
  let lastRead = Number.NEGATIVE_INFINITY;

  const offer = async (connection: Connection, signal: AbortSignal): Promise<void> => {
    const listed = connection.hasCapability("tools") ? await listPages({ ask: toAsk(connection, signal, clock), key: "tools" }) : { items: [] };
    if (current() !== connection) return;
    diagnosis.clearWarnings();
    const found = offered.update(connection, listed.items);
    for (const warning of listed.warning === undefined ? found : [listed.warning, ...found]) {
      diagnosis.warning(warning);
      log.warn("an MCP server lists something that cannot be offered", { server: owner, warning });
    }
  };
  const read = async (connection: Connection, signal: AbortSignal): Promise<void> => {
    reading = connection;
    isDirty = false;
    try {
      await offer(connection, signal);
    } finally {
      // The reading of a connection that was lost may end after that of the next one began.
      if (reading === connection) {
        reading = undefined;
        lastRead = clock.monotonic();
        if (isDirty) schedule();
      }
    }
  };
  const readAgain = (): void => {
    isPlanned = false;
    const connection = current();
    if (reading !== undefined && reading === connection) isDirty = true;
    // Where there is no connection the next one is read anyway.
    else if (connection !== undefined) void read(connection, ended.signal).catch((error: unknown) => diagnosis.error(`its list could not be read again: ${toReason(error)}`));
  };
  const schedule = (): void => {
    if (isPlanned || ended.signal.aborted) return;
    isPlanned = true;
    clock.after(clock.monotonic() - lastRead < gatherMoreMs ? gatherMoreMs : gatherMs, readAgain);
  };
  return { read, schedule, close: () => ended.abort(new Error("the server is wanted no more")) };
}

/** Asks for pages until the time for all of them is over. */
function toAsk(connection: Connection, signal: AbortSignal, clock: Clock): (params: JsonObject) => Promise<JsonObject> {
  const until = clock.monotonic() + listMs;
  return (params) => {
    const left = until - clock.monotonic();
    if (left <= 0) return Promise.reject(new RequestFailure("timeout", `no end of its list within ${listMs / 1_000} s`));
    return connection.request("tools/list", params, { signal, timeoutMs: left });
  };
}
