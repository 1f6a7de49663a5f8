import type { JsonObject, ToolResult } from "@omni/core";
import type { ProgramEnd } from "./run-program.ts";
import type { RecordedOutput } from "./output-record.ts";
import { toCount, toSeconds } from "./run-words.ts";

/** What the model is told of a run: the output, and in the last line how it ended and where the rest is. */
export function toRunResult(end: ProgramEnd, output: RecordedOutput, timeoutMs: number): ToolResult {
  const facts = [toEnding(end, timeoutMs), ...toMissing(output)];
  const text = toOutputText(output);
  const isFailed = end.stop !== undefined || end.exit.code !== 0;
  const structuredContent: JsonObject = {
    exitCode: end.exit.code,
    signal: end.exit.signal,
    durationMs: Math.round(end.durationMs),
    truncated: output.tail !== undefined,
    outputBytes: output.bytes,
    ...(output.kept === undefined ? {} : { outputId: output.kept.id }),
  };
  return { content: [{ type: "text", text: `${text}[${facts.join("; ")}]` }], structuredContent, ...(isFailed ? { isError: true } : {}) };
}

function toEnding({ exit, durationMs, stop }: ProgramEnd, timeoutMs: number): string {
  const time = toSeconds(durationMs);
  if (stop === "timeout") return `ended after ${time}, its time limit of ${toSeconds(timeoutMs)}, with all that it had started; give timeoutMs for more`;
  if (stop === "stopped") return `stopped after ${time}, with all that it had started; it may have done a part of its work`;
  if (stop === "endless") return `ended after ${time}, as its output had no end; let it print less`;
  return exit.signal === null ? `exit code ${exit.code ?? "unknown"}, ${time}` : `ended by ${exit.signal}, ${time}`;
}

function toMissing(output: RecordedOutput): readonly string[] {
  if (output.tail === undefined) return [];
  const { kept, bytes, headBytes, problem } = output;
  const shown = `the output has ${toCount(bytes)} bytes, of which only head and tail are given`;
  const rest = kept === undefined || kept.bytes <= headBytes ? [] : [`read the rest with shell.output {"id":"${kept.id}","offset":${headBytes}}`];
  const lost = problem === undefined ? [] : [`only the first ${toCount(kept?.bytes ?? 0)} bytes are kept (${problem})`];
  return [shown, ...rest, ...lost];
}

/** Ends with a line end where there is anything. */
function toOutputText({ head, tail, bytes, headBytes }: RecordedOutput): string {
  if (tail === undefined) return head === "" ? "" : toWholeLine(head);
  const left = bytes - headBytes - new TextEncoder().encode(tail).length;
  return `${head}\n[… ${toCount(left)} bytes are not shown …]\n${toWholeLine(tail)}`;
}

function toWholeLine(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
