import { readFileSync } from "node:fs";

/** Preloaded with `--import`: moves the wall clock of the process by as many milliseconds as the file of `OMNI_CHAOS_CLOCK` says, now. The monotonic clock stays, as it does on a machine whose clock is set. */
const file = process.env["OMNI_CHAOS_CLOCK"] ?? "";
const RealDate = Date;

function shift(): number {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return 0;
  }
}

class ShiftedDate extends RealDate {
  constructor(...given: readonly unknown[]) {
    if (given.length === 0) super(RealDate.now() + shift());
    else super(...(given as [number]));
  }

  static override now(): number {
    return RealDate.now() + shift();
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
