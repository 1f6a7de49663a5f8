import type { Clock, SpawnedProcess, SpawnExit, ToolContext } from "@omni/core";
import type { OutputRecord } from "./output-record.ts";
import { createOutputCleaner } from "./output-cleaner.ts";
import { createProgressLines } from "./progress-lines.ts";
import { settlesWithin } from "./settle-within.ts";

/**
 * Time between SIGTERM and SIGKILL, milliseconds. The loop leaves a call
 * behind one second after it stopped it: with this, and the waits below, the
 * group is gone and the output told before that.
 */
export const graceMs = 400;

/** Time for what is still in the pipes after a program has ended, milliseconds. A child that holds them open is not waited for longer. */
const drainMs = 250;

/** The same once all that was found is gone: only what left the group and hid its mark can still hold a pipe. */
const lastDrainMs = 1_000;

/** The same, and the time for the last write to disk, for a call that was stopped. */
const stoppedDrainMs = 150;

/** Why a program was ended: its time was up, the call was stopped, or it printed without end. */
export type StopReason = "timeout" | "stopped" | "endless";

/** How a run ended. */
export interface ProgramEnd {
  readonly exit: SpawnExit;
  readonly durationMs: number;
  readonly stop?: StopReason;
}

/** What a run is watched with. */
export interface RunWatch {
  readonly clock: Clock;
  readonly context: Pick<ToolContext, "signal" | "progress">;
  readonly record: OutputRecord;
  readonly timeoutMs: number;
  readonly endlessBytes: number;
}

/**
 * Follows a started program to its end: reads both streams as they come, ends
 * the group when time is up, the call is stopped or the output has no end, and
 * ends what the program left behind. Never rejects.
 */
export async function followProgram(spawned: SpawnedProcess, watch: RunWatch): Promise<ProgramEnd> {
  const { clock, context, record } = watch;
  const begun = clock.monotonic();
  let reason: StopReason | undefined;
  const stop = (why: StopReason): void => {
    reason ??= why;
    void spawned.end(graceMs);
  };
  const onAbort = (): void => stop("stopped");
  context.signal.addEventListener("abort", onAbort, { once: true });
  if (context.signal.aborted) onAbort();
  const callOff = clock.after(watch.timeoutMs, () => stop("timeout"));
  // There is nobody to type: its input is at its end from the start.
  void spawned.write(undefined).catch(() => undefined);
  const reader = readStreams(spawned, watch, () => stop("endless"));
  const exit = await spawned.exit;
  const durationMs = clock.monotonic() - begun;
  callOff();
  await settlesWithin(reader.done, drainMs, clock);
  await spawned.end(graceMs);
  const rest = reason === "stopped" ? stoppedDrainMs : lastDrainMs;
  if (!(await settlesWithin(reader.done, rest, clock))) reader.abandon();
  const finished = record.finish();
  await (reason === "stopped" ? settlesWithin(finished, stoppedDrainMs, clock) : finished);
  context.signal.removeEventListener("abort", onAbort);
  return { exit, durationMs, ...(reason === undefined ? {} : { stop: reason }) };
}

interface StreamReader {
  /** Resolves when both streams are at their end. */
  readonly done: Promise<unknown>;
  /** Closes them; nothing is recorded any more. */
  abandon(): void;
}

function readStreams(spawned: SpawnedProcess, watch: RunWatch, onEndless: () => void): StreamReader {
  const { record } = watch;
  const progress = createProgressLines(watch.context, watch.clock);
  let isAbandoned = false;
  const take = (bytes: Uint8Array): void => {
    if (isAbandoned || bytes.length === 0) return;
    record.append(bytes);
    progress.note(bytes);
  };
  let raw = 0;
  const read = async (stream: AsyncIterable<Uint8Array>): Promise<void> => {
    const cleaner = createOutputCleaner();
    try {
      for await (const chunk of stream) {
        raw += chunk.length;
        if (raw > watch.endlessBytes) onEndless();
        take(cleaner.clean(chunk));
        release(chunk);
        await record.settle();
      }
    } catch {
      // A stream that breaks has given what it had.
    }
    take(cleaner.end());
  };
  const streams = [spawned.stdout, spawned.stderr];
  return {
    done: Promise.all(streams.map(read)).finally(() => progress.close()),
    abandon() {
      isAbandoned = true;
      progress.close();
      for (const stream of streams) if (isDisposable(stream)) void Promise.resolve(stream[Symbol.asyncDispose]()).catch(() => undefined);
    },
  };
}

/**
 * Gives the memory of a piece back that has been taken over. A collector sees
 * only the small object before it and would let tens of megabytes pile up.
 * A buffer that others may share a part of is left alone.
 */
function release(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && chunk.byteLength === buffer.byteLength && !buffer.detached) buffer.transfer(0);
}

/** A stream of the operating system can be closed, and must be where a program that was not found still holds the other end. */
function isDisposable(stream: object): stream is AsyncDisposable {
  return Symbol.asyncDispose in stream;
}
