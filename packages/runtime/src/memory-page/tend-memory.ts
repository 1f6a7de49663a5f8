import type { Clock, Log, OmniError, TendReport } from "@omni/core";
import { toOmniError } from "@omni/core";
import type { PromotionParts } from "./promotions.ts";
import { awaitLost, awaitPromoted, listPromoted, writePromoted } from "./promotions.ts";

/** When the memory is tended after a first turn, and how often after that, milliseconds. */
const firstMs = 60_000;
const everyMs = 3_600_000;
/** Least time from a tending to one at the end of a process, milliseconds: processes that are each too short for their first would never tend, and who waits for one to end is kept waiting once a day. */
const leastToEndMs = 24 * 3_600_000;

/** The document that says when the memory was last tended. */
const kind = "memory-tended";
const documentId = "last";

/** Most workspaces whose pages one tending settles: those of the latest turns. */
const mostWorkspaces = 64;

/** Lets the memory settle while there is leisure. */
export interface MemoryTending {
  /** A turn has ended in this workspace: there is something to settle some time later. */
  due(workspace: string): void;
  /** Settles what is due still where nobody has for a day. Resolves when nothing is being done. */
  stop(): Promise<void>;
}

/** What a memory is tended with. */
export interface TendingParts extends PromotionParts {
  readonly clock: Clock;
  readonly log: Log;
}

/** Tends a memory from time to time, never in a turn's way. */
export function createMemoryTending(parts: TendingParts): MemoryTending {
  const { memory, clock, log } = parts;
  const waiting = new Set<string>();
  let isWaiting = false;
  let isStopped = false;
  let next = firstMs;
  let callOff: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();
  const add = (workspace: string): void => {
    // Adding it anew makes it the latest in the set's order.
    waiting.delete(workspace);
    waiting.add(workspace);
    const oldest = waiting.size > mostWorkspaces ? waiting.values().next().value : undefined;
    if (oldest !== undefined) waiting.delete(oldest);
  };
  const tend = async (): Promise<void> => {
    const workspaces = [...waiting];
    waiting.clear();
    try {
      // Said before, so that an end that is cut short is not tried again at each one that follows.
      await noteTended(parts);
      const tended = await tendMemory(workspaces, parts);
      if (tended === undefined) return;
      const { report, unwritten } = tended;
      for (const [workspace, { message }] of unwritten) {
        add(workspace);
        log.warn("what was promoted could not be written onto the page; it is tried again", { workspace, message });
      }
      if (report.decisions.length > 0) log.info("the memory was tended", { decayed: report.decayed, promoted: idsOf(report, "promote").length, retired: idsOf(report, "retire").length });
    } catch (error) {
      workspaces.forEach(add);
      throw error;
    }
  };
  const tendOrWarn = (): Promise<void> => tend().catch((error: unknown) => log.warn("the memory could not be tended", { message: toOmniError(error).message }));
  return {
    due(workspace) {
      if (isStopped || memory.tend === undefined) return;
      add(workspace);
      if (isWaiting) return;
      isWaiting = true;
      callOff = clock.after(next, () => {
        isWaiting = false;
        next = everyMs;
        running = tendOrWarn();
      });
    },
    async stop() {
      isStopped = true;
      callOff();
      await running;
      if (waiting.size > 0 && (await isLongAgo(parts))) await tendOrWarn();
    },
  };
}

async function noteTended({ store, clock }: TendingParts): Promise<void> {
  await store.putDocument(kind, documentId, { at: clock.now() });
}

/** Where it cannot be read it is left to the next process. A clock that was set back counts as time that went by. */
async function isLongAgo({ store, clock }: TendingParts): Promise<boolean> {
  try {
    const value = (await store.getDocument(kind, documentId))?.value;
    const at = typeof value === "object" && value !== null && "at" in value ? Number(value["at"]) : Number.NEGATIVE_INFINITY;
    return !(Math.abs(clock.now() - at) < leastToEndMs);
  } catch {
    return false;
  }
}

/** What came of tending. */
export interface Tended {
  readonly report: TendReport;
  /** By workspace, why what was promoted is not on its page yet: it waits for the next time. */
  readonly unwritten: ReadonlyMap<string, OmniError>;
}

/**
 * Tends a memory now: utility decays, the gate decides, and what it promotes
 * is written, once, onto the pages of these workspaces, where people can read
 * it; so is what was promoted earlier and got lost on its way there. Undefined
 * where the memory cannot be tended.
 */
export async function tendMemory(workspaces: readonly string[], parts: PromotionParts): Promise<Tended | undefined> {
  const { memory } = parts;
  if (memory.tend === undefined) return undefined;
  // Killed between the gate and its note, the next tending finds here what the gate has promoted.
  const before = await listPromoted(memory);
  for (const workspace of workspaces) await awaitLost(workspace, before, parts);
  const report = await memory.tend();
  const unwritten = new Map<string, OmniError>();
  const promoted = idsOf(report, "promote");
  // The gate has decided for good, so first of all it is kept what is to be done about it.
  for (const workspace of workspaces) await awaitPromoted(workspace, promoted, parts);
  for (const workspace of workspaces) await writePromoted(workspace, parts).catch((error: unknown) => void unwritten.set(workspace, toOmniError(error)));
  return { report, unwritten };
}

function idsOf({ decisions }: TendReport, decided: TendReport["decisions"][number]["decision"]): readonly string[] {
  return decisions.filter(({ decision }) => decision === decided).map(({ id }) => id);
}
