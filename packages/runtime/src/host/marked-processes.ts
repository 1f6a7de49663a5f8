import { setTimeout as wait } from "node:timers/promises";
import type { ProcessTable } from "./process-table.ts";
import { hasEmptyEnvironment, isDead, isOfKernel, isWithoutMemory } from "./process-state.ts";

/**
 * The variable that every started program, and what it starts, carries in its
 * environment, so that it is found when it has left its group. The name keeps
 * out of the variables that are settings, which begin with `OMNI_`.
 */
export const markVariable = "_OMNI_GROUP";

/** How often the table is gone through for one answer, at most. */
const mostPasses = 4;

/**
 * How often a process is looked at that shows no environment and does not say
 * that it has none, and the time between, milliseconds. A program becomes
 * another in far less than the second of both; it takes tens of milliseconds
 * where processors are few and busy.
 */
const mostLooks = 500;
const betweenLooksMs = 2;

/**
 * Ids of living processes whose environment carries the mark. Not all need be
 * found at once, as one may start another meanwhile; so what is to end is
 * looked for until nothing is found. What cleared or overwrote its environment
 * never is, nor is anything where the system does not show its processes.
 */
export async function findMarked(mark: string, table: ProcessTable, pause: Pause = wait): Promise<readonly number[]> {
  let ended: ReadonlySet<number> = new Set();
  for (let pass = 1; ; pass += 1) {
    const sights = await Promise.all((await table.list()).map(async (id) => ({ id, sight: await look(id, mark, table, pause) })));
    const found = sights.filter(({ sight }) => sight === "marked").map(({ id }) => id);
    const endedNow = sights.filter(({ sight }) => sight === "ended").map(({ id }) => id);
    // One that ended after it was listed may have started another before, which was not listed yet: so do daemons.
    if (found.length > 0 || pass === mostPasses || endedNow.every((id) => ended.has(id))) return found;
    ended = new Set(endedNow);
  }
}

/** Resolves after so many milliseconds. */
type Pause = (milliseconds: number) => Promise<unknown>;

type Sight = "marked" | "ended" | "other";

/** Looks until something is seen: a program that is just becoming another shows no environment. */
async function look(id: number, mark: string, table: ProcessTable, pause: Pause): Promise<Sight> {
  try {
    for (let looks = 1; ; looks += 1) {
      const environment = await table.read(id, "environ");
      if (environment !== "") return environment.includes(`${markVariable}=${mark}\0`) ? "marked" : "other";
      const stat = await table.read(id, "stat");
      if (isDead(stat)) return "ended";
      if (isOfKernel(stat) || hasEmptyEnvironment(stat)) return "other";
      if (isWithoutMemory(stat)) return "ended";
      if (looks === mostLooks) return "other";
      await pause(betweenLooksMs);
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ENOENT" || code === "ESRCH" ? "ended" : "other";
  }
}
