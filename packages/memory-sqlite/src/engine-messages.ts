import type { EngineCall } from "./engine-access.ts";

/** To the worker: a call with its number; `close` is the last. */
export interface EngineRequest {
  readonly id: number;
  readonly name: EngineCall | "close";
  readonly values: readonly unknown[];
}

/** From the worker: what became of a call. Number 0 says whether the database could be opened. */
export interface EngineReply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly message: string; readonly retryable: boolean };
}
