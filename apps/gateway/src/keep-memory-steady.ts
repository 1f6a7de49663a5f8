/**
 * Bytes up to which the young generation may grow. Of 16 MB, 64 turns at once
 * filled the half that is used five times before they ended, so that most of
 * what they made was copied twice and then collected with the old generation,
 * three times a second; of 64 MB, more is held and no more is gained.
 */
const youngBytes = 32 * 1_048_576;

/**
 * Has V8 collect more often, so that a gateway that runs for weeks stays as
 * small as what it holds. For a machine with much memory V8 lets the young
 * generation grow to 128 MB and the old one to four times what lives, which
 * a few turns with long results fill with what nobody needs any more. Here the
 * old generation grows by what lives, and the young one stops at
 * `youngBytes`; V8 has no bound that can be set while it runs, so its growth
 * is looked at after each collection.
 *
 * It is a setting of the whole process, for a program to make once.
 */
export function keepMemorySteady(): void {
  const { getHeapSpaceStatistics, setFlagsFromString } = process.getBuiltinModule("node:v8");
  const { PerformanceObserver } = process.getBuiltinModule("node:perf_hooks");
  let mayGrow = true;
  const adjust = (): void => {
    const size = getHeapSpaceStatistics().find((space) => space.space_name === "new_space")?.space_size ?? 0;
    if (mayGrow === size < youngBytes) return;
    mayGrow = !mayGrow;
    setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`);
  };
  setFlagsFromString("--heap-growing-percent=100");
  new PerformanceObserver(adjust).observe({ entryTypes: ["gc"] });
}
