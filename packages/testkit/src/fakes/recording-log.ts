import type { Log, LogFields } from "@omni/core";

/** A log that keeps its lines. */
export interface RecordingLog extends Log {
  readonly lines: { readonly level: "debug" | "info" | "warn" | "error"; readonly message: string; readonly fields?: LogFields }[];
}

/** Makes a log that keeps its lines. */
export function createRecordingLog(): RecordingLog {
  const lines: RecordingLog["lines"] = [];
  const write =
    (level: RecordingLog["lines"][number]["level"]) =>
    (message: string, fields?: LogFields): void => {
      lines.push({ level, message, ...(fields === undefined ? {} : { fields }) });
    };
  return { lines, debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
