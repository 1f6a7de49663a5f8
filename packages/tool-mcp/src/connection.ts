import type { Host, JsonObject } from "@omni/core";
import type { Diagnosis } from "./diagnosis.ts";
import type { McpToolOptions } from "./mcp-tool-options.ts";

/** How one request is made. */
export interface RequestOptions {
  readonly signal: AbortSignal;
  /** Milliseconds without an answer and without progress after which it is given up and the server told so. */
  readonly timeoutMs: number;
  /** Called for every word of progress. */
  readonly onProgress?: (text: string) => void;
}

/** A connection that has been made: one process, or one session over HTTP. */
export interface Connection {
  readonly transport: "stdio" | "http" | "sse";
  readonly pid: number | undefined;
  /** The version of the protocol that both speak. */
  readonly protocol: string | undefined;
  readonly server: { readonly name: string; readonly version: string } | undefined;
  /** What the server says it can do, by the protocol's names: `tools`, `resources`, `prompts`. */
  hasCapability(name: string): boolean;
  /** `Clock.monotonic` of the last thing heard. */
  lastHeard(): number;
  /** Resolves with the result as it was sent; rejects with `RequestFailure` only. */
  request(method: string, params: JsonObject, options: RequestOptions): Promise<JsonObject>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** What a connection tells while it lives. */
export interface ConnectionEvents {
  /** It ended by itself; `close` need not be called. */
  readonly lost: (reason: string) => void;
  /** The server says that its list of tools changed. */
  readonly toolsChanged: () => void;
}

/** What a connection is made from. */
export interface ConnectionParts {
  readonly options: McpToolOptions;
  readonly host: Pick<Host, "clock" | "egress" | "paths" | "spawn">;
  readonly diagnosis: Diagnosis;
}

/** Makes a connection; rejects when the signal is aborted before it stands. */
export type OpenConnection = (events: ConnectionEvents, signal: AbortSignal) => Promise<Connection>;
