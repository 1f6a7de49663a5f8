import type { Host } from "@omni/core";
import type { Composition, Parts } from "./compose.ts";
import type { ConsolidationRecords } from "./consolidation/consolidation-record.ts";
import type { Consolidator } from "./consolidation/create-consolidator.ts";
import type { SessionSummaries } from "./consolidation/session-summaries.ts";
import type { CreditDesk } from "./credit-desk.ts";
import type { EarlierTurns } from "./earlier-turns.ts";
import type { EndedTurn } from "./ended-turn.ts";
import type { MemoryPages } from "./memory-page/memory-pages.ts";
import type { OpenWindows } from "./session-windows.ts";
import { createConsolidationRecords } from "./consolidation/consolidation-record.ts";
import { createConsolidator } from "./consolidation/create-consolidator.ts";
import { createSessionSummaries } from "./consolidation/session-summaries.ts";
import { createContextSizes } from "./context-sizes.ts";
import { createCreditDesk } from "./credit-desk.ts";
import { createMemoryPages } from "./memory-page/memory-pages.ts";
import { createMemoryTending } from "./memory-page/tend-memory.ts";
import { toKeepingScope } from "./memory-scopes.ts";
import { within } from "./within.ts";

/** How long anybody waits until what a page says is known, milliseconds. */
const pageMs = 5_000;

/** What happens after turns: what helped is counted, and what has become old is carried into the memory. */
export interface Aftercare {
  readonly credit: CreditDesk;
  readonly consolidator: Consolidator;
  readonly summaries: SessionSummaries;
  readonly records: ConsolidationRecords;
  /** Brings the memory in step with the page of a workspace. Where that takes longer than five seconds it goes on by itself, and who waits goes on with what is known. Never rejects. */
  syncPage(workspace: string): Promise<void>;
  ended(turn: EndedTurn): void;
  close(): Promise<void>;
}

/** Makes the aftercare of a composition. */
export function createAftercare({ composition: { config, host }, parts, windows, earlier }: { readonly composition: Composition; readonly parts: Parts; readonly windows: OpenWindows; readonly earlier: Pick<EarlierTurns, "remember"> }): Aftercare {
  const { store, provider, memory } = parts;
  const { contextTokens, memoryScope } = config.agent;
  const pages = memory === undefined ? undefined : createMemoryPages({ memory, files: host.files, store, clock: host.clock, log: host.log });
  const tending = memory === undefined || pages === undefined ? undefined : createMemoryTending({ memory, pages, store, clock: host.clock, log: host.log });
  const credit = createCreditDesk({ memory, store, clock: host.clock, log: host.log });
  const records = createConsolidationRecords(store);
  const contextSize = createContextSizes(contextTokens, { provider, clock: host.clock, log: host.log });
  const consolidator = createConsolidator({
    store,
    provider,
    hooks: parts.hooks,
    ...(memory === undefined ? {} : { memory }),
    records,
    scopeOf: (sessionId, { principalId }) => toKeepingScope(memoryScope, { sessionId, principal: { id: principalId } }),
    log: host.log,
    clock: host.clock,
    tokens: host.tokens,
    // A summary names no model, so the size is that of the provider's own.
    contextTokens: () => contextSize(undefined),
    windows: parts.windows,
    windowOf: windows.of,
  });
  return {
    credit,
    consolidator,
    records,
    summaries: createSessionSummaries(records, store),
    syncPage: async (workspace) => (pages === undefined ? undefined : syncInTime(workspace, pages, host)),
    ended(turn) {
      const { input, outcome, window, recalled, shown } = turn;
      earlier.remember(turn);
      credit.ended({ turnId: input.turnId, sessionId: input.sessionId, ids: recalled }, outcome);
      consolidator.consider(input.sessionId, window, shown);
      tending?.due(input.workspace);
    },
    async close() {
      await Promise.all([consolidator.stop(), tending?.stop(), credit.close()]);
    },
  };
}

async function syncInTime(workspace: string, pages: Pick<MemoryPages, "sync">, { clock, log }: Pick<Host, "clock" | "log">): Promise<void> {
  let isOver = false;
  const syncing = pages.sync(workspace).finally(() => {
    isOver = true;
  });
  await within(clock, pageMs, syncing);
  if (!isOver) log.warn("the page of what is known here takes long to read; what is known so far is gone on with", { workspace, afterMs: pageMs });
}
