import type { PerformanceEntry } from "node:perf_hooks";

/**
 * Bytes up to which the young generation may grow, where its collections come
 * at least `busyYoungMs` apart and where they come closer. Of 16 MB, 64 turns
 * at once filled the half that is used five times before they ended, so that
 * most of what they made was copied twice and then collected with the old
 * generation, three times a second; of 64 MB, more is held and no more is
 * gained. At twenty turns a second 16 MB last for a second and a half.
 */
const youngBytes = { quiet: 16 * 1_048_576, busy: 32 * 1_048_576 };
const busyYoungMs = 500;

/**
 * What the old generation may grow by until it is collected, in percent of
 * what lives, where its collections come at least `busyOldMs` apart and where
 * they come closer. At twenty turns a second that is once a minute; at a
 * thousand it would take a twentieth of the turns, and hold each of them up
 * more often.
 */
const oldGrowth = { quiet: 33, busy: 100 };
const busyOldMs = 15_000;

/** What is told of a collection, by an entry of type `gc`. */
type CollectionEntry = PerformanceEntry & { readonly detail?: { readonly kind?: number } };

/**
 * Has V8 collect more often, so that a gateway that runs for weeks stays as
 * small as what it holds. For a machine with much memory V8 lets the young
 * generation grow to 128 MB and the old one to four times what lives, which
 * a few turns with long results fill with what nobody needs any more; what it
 * has once taken it keeps. Here both grow as far as the load asks for, and
 * since V8 has no bound of the young one that can be set while it runs, they
 * are looked at after each collection.
 *
 * It is a setting of the whole process, for a program to make once.
 */
export function keepMemorySteady(): void {
  const { getHeapSpaceStatistics, setFlagsFromString } = process.getBuiltinModule("node:v8");
  const { constants, PerformanceObserver } = process.getBuiltinModule("node:perf_hooks");
  const isYoungBusy = createPace(busyYoungMs);
  const isOldBusy = createPace(busyOldMs);
  const setGrowth = createSetting((factor) => setFlagsFromString(`--semi-space-growth-factor=${factor}`));
  const setPercent = createSetting((percent) => setFlagsFromString(`--heap-growing-percent=${percent}`));
  setPercent(oldGrowth.busy);
  const look = ({ startTime, detail }: CollectionEntry): void => {
    if (detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR) setPercent(isOldBusy(startTime) ? oldGrowth.busy : oldGrowth.quiet);
    if (detail?.kind !== constants.NODE_PERFORMANCE_GC_MINOR) return;
    const size = getHeapSpaceStatistics().find((space) => space.space_name === "new_space")?.space_size ?? 0;
    setGrowth(size < (isYoungBusy(startTime) ? youngBytes.busy : youngBytes.quiet) ? 2 : 1);
  };
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) look(entry);
  });
  observer.observe({ entryTypes: ["gc"] });
}

/** Tells of one time after the other, in milliseconds, whether it is closer than this to the one before. */
function createPace(closeMs: number): (at: number) => boolean {
  let last = -Infinity;
  return (at) => {
    const isClose = at - last < closeMs;
    last = at;
    return isClose;
  };
}

/** Sets what is not set already: a flag costs more than a look. */
function createSetting(set: (value: number) => void): (value: number) => void {
  let current: number | undefined;
  return (value) => {
    if (value !== current) set((current = value));
  };
}
