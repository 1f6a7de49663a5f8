import { Buffer } from "node:buffer";
import type { Clock, ToolContext } from "@omni/core";

/** Shows the latest line of an output while the program runs. */
export interface ProgressLines {
  note(bytes: Uint8Array): void;
  close(): void;
}

/** Time between two reports, milliseconds: what a person can still read. */
const periodMs = 500;

/** Most bytes of a line that are shown. */
const lineBytes = 400;

/** Reports the latest line at most twice a second, and only when there is a new one; what ends within the first half second reports nothing. */
export function createProgressLines(context: Pick<ToolContext, "progress">, clock: Clock): ProgressLines {
  let latest: Uint8Array = new Uint8Array();
  let callOff: (() => void) | undefined;
  let isReporting = false;
  const report = (): void => {
    callOff = undefined;
    const line = toLastLine(latest);
    if (line === "" || isReporting) return;
    isReporting = true;
    // Nobody may be listening; the program does not wait for that.
    void context
      .progress(line)
      .catch(() => undefined)
      .finally(() => (isReporting = false));
  };
  return {
    note(bytes) {
      latest = bytes.length >= lineBytes ? new Uint8Array(bytes.subarray(-lineBytes)) : Buffer.concat([latest.subarray(-lineBytes), bytes]);
      callOff ??= clock.after(periodMs, report);
    },
    close() {
      callOff?.();
    },
  };
}

function toLastLine(bytes: Uint8Array): string {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return lines.findLast((line) => line.trim() !== "")?.replace(/^\ufffd+/, "").trim() ?? "";
}
