import type { Clock, Hook, Log, Memory, Provider, ScopeReference, Store, TokenCounter } from "@omni/core";
import type { ConsolidationRecords } from "./consolidation-record.ts";
import type { TurnDigest } from "./turn-digest.ts";

/** What a batch is consolidated with. */
export interface ConsolidationParts {
  readonly store: Pick<Store, "oldestSlots" | "turn" | "turns" | "events" | "putText" | "readText" | "release" | "session" | "deleteSession">;
  readonly records: ConsolidationRecords;
  readonly provider: Provider;
  /** They see the request for a summary before the provider does, as every call of a model. */
  readonly hooks: readonly Hook[];
  /** Absent where memory is off: then the summary alone is kept, beside the transcript. */
  readonly memory?: Memory;
  /** Where what was said in a turn of a session is remembered. */
  scopeOf(sessionId: string, turn: TurnDigest): ScopeReference;
  readonly tokens: Pick<TokenCounter, "count">;
  /** Size of the context of the model that sums up, input and output together. */
  contextTokens(): Promise<number>;
  readonly clock: Clock;
  readonly log: Log;
}
