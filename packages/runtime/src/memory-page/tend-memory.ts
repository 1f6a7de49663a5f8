import type { Clock, Log, Memory, TendReport } from "@omni/core";
import { toOmniError } from "@omni/core";
import type { MemoryPages } from "./memory-pages.ts";

/** When the memory is tended after a first turn, and how often after that, milliseconds. */
const firstMs = 60_000;
const everyMs = 3_600_000;

/** Lets the memory settle while there is leisure. */
export interface MemoryTending {
  /** A turn has ended in this workspace: there is something to settle some time later. */
  due(workspace: string): void;
  /** Resolves when nothing is being done. */
  stop(): Promise<void>;
}

/** Tends a memory from time to time, never in a turn's way. */
export function createMemoryTending({ memory, pages, clock, log }: { readonly memory: Memory; readonly pages: Pick<MemoryPages, "add">; readonly clock: Clock; readonly log: Log }): MemoryTending {
  let workspace: string | undefined;
  let isWaiting = false;
  let isStopped = false;
  let next = firstMs;
  let callOff: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();
  const tend = async (): Promise<void> => {
    if (workspace === undefined) return;
    const report = await tendMemory(workspace, memory, pages);
    if (report !== undefined && report.decisions.length > 0) log.info("the memory was tended", { decayed: report.decayed, promoted: idsOf(report, "promote").length, retired: idsOf(report, "retire").length });
  };
  return {
    due(where) {
      workspace = where;
      if (isWaiting || isStopped || memory.tend === undefined) return;
      isWaiting = true;
      callOff = clock.after(next, () => {
        isWaiting = false;
        next = everyMs;
        running = tend().catch((error: unknown) => log.warn("the memory could not be tended", { message: toOmniError(error).message }));
      });
    },
    async stop() {
      isStopped = true;
      callOff();
      await running;
    },
  };
}

/**
 * Tends a memory now: utility decays, the gate decides, and what it promotes
 * is written where people can read it. What is remembered for one session
 * alone is written nowhere: the page is read by all that work in its folder.
 * Undefined where the memory cannot be tended.
 */
export async function tendMemory(workspace: string, memory: Memory, pages: Pick<MemoryPages, "add">): Promise<TendReport | undefined> {
  const report = await memory.tend?.();
  const promoted = report === undefined ? [] : idsOf(report, "promote");
  if (promoted.length === 0) return report;
  const episodes = (await memory.get?.(promoted)) ?? [];
  const shared = episodes.filter(({ scope, source }) => scope.scope !== "session" && source.trusted);
  if (shared.length > 0) await pages.add(workspace, shared.map(({ text }) => text));
  return report;
}

function idsOf({ decisions }: TendReport, decided: TendReport["decisions"][number]["decision"]): readonly string[] {
  return decisions.filter(({ decision }) => decision === decided).map(({ id }) => id);
}
