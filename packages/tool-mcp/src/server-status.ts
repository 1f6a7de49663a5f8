import type { DiagnosisReport } from "./diagnosis.ts";
import type { ServerLife, ServerState } from "./server-life.ts";

/** How a server does, for the person who wonders. Secrets are redacted. */
export interface McpServerStatus {
  /** First part of its tools' names. */
  readonly name: string;
  readonly state: ServerState;
  /** How it is spoken to now; undefined while there is no connection. */
  readonly transport?: "stdio" | "http" | "sse";
  /** Its process, where it has one. */
  readonly pid?: number;
  /** What it calls itself. */
  readonly server?: { readonly name: string; readonly version: string };
  /** How many tools it offers now. */
  readonly tools: number;
  /** Failures in a row. */
  readonly failures: number;
  /** Milliseconds until it is tried again. */
  readonly retryInMs?: number;
  /** What it said beside the protocol, and what is wrong with it. */
  readonly diagnosis: DiagnosisReport;
}

/** Puts a status together. */
export function toServerStatus(name: string, tools: number, life: ServerLife, diagnosis: DiagnosisReport): McpServerStatus {
  const { connection, retryInMs, state, failures } = life;
  return {
    name,
    state,
    tools,
    failures,
    diagnosis,
    ...(connection === undefined ? {} : { transport: connection.transport }),
    ...(connection?.pid === undefined ? {} : { pid: connection.pid }),
    ...(connection?.server === undefined ? {} : { server: connection.server }),
    ...(retryInMs === undefined ? {} : { retryInMs }),
  };
}
