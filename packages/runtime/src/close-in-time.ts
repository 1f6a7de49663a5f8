import type { Host } from "@omni/core";
import { within } from "./within.ts";

/** How long what somebody else may have written can take to close, milliseconds. */
const closeMs = 5_000;

/** Closes a part, or leaves it behind with a warning where that takes too long: nobody waits for ever for the end of a process. Rejects with what the close rejects with in time. */
export async function closeInTime(name: string, close: () => Promise<void>, { clock, log }: Pick<Host, "clock" | "log">): Promise<void> {
  let isOver = false;
  const closing = close().finally(() => {
    isOver = true;
  });
  await within(clock, closeMs, closing);
  if (!isOver) log.warn("a part did not close in time and is left behind", { part: name, afterMs: closeMs });
}
