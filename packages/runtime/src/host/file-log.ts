import type { FileHandle } from "node:fs/promises";
import { mkdir, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock, Log, LogFields, Secrets } from "@omni/core";

/** How much is written down; each level holds those after it. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where and how much to log. */
export interface FileLogOptions {
  /** The newest file; older ones get `.1`, `.2` behind. */
  readonly path: string;
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** A file beyond this is rotated, bytes. Default 8 MiB. */
  readonly maxBytes?: number;
  /** Files kept, the newest included. Default 3. */
  readonly keep?: number;
}

/** A log with its end. */
export interface FileLog extends Log {
  /** Resolves when all lines up to now are written, or cannot be. */
  flush(): Promise<void>;
  /** Writes what is left and closes the file. */
  close(): Promise<void>;
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Longest line, characters; the rest is cut. */
const longestLine = 65_536;

/** Most characters that wait to be written; more are dropped and counted. */
const mostPending = 8_388_608;

/**
 * A log of JSON lines. Writing never waits: lines are collected and written in
 * order behind the caller's back, and a disk that fails costs lines, never a
 * turn. Secrets are redacted here. The file is the owner's only.
 */
export function createFileLog(options: FileLogOptions): FileLog {
  const least = ranks[options.level ?? "info"];
  const file = createRotatingFile(options.path, options.maxBytes ?? 8_388_608, options.keep ?? 3);
  let pending: string[] = [];
  let size = 0;
  let dropped = 0;
  let writing: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    while (pending.length > 0) {
      const lines = pending;
      pending = [];
      size = 0;
      await file.append(lines.join("")).catch(() => {
        dropped += lines.length;
      });
    }
    writing = undefined;
  };
  const write = (level: LogLevel, message: string, fields: LogFields | undefined): void => {
    if (ranks[level] < least) return;
    if (size > mostPending) {
      dropped += 1;
      return;
    }
    const line = toLine(level, message, dropped === 0 ? fields : { ...fields, droppedLines: dropped }, options);
    dropped = 0;
    pending.push(line);
    size += line.length;
    writing ??= Promise.resolve().then(drain);
  };
  const flush = async (): Promise<void> => {
    while (writing !== undefined) await writing;
  };
  return {
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
    flush,
    async close() {
      await flush();
      await file.close();
    },
  };
}

function toLine(level: LogLevel, message: string, fields: LogFields | undefined, options: FileLogOptions): string {
  const text = options.secrets.redact(JSON.stringify({ at: new Date(options.clock.now()).toISOString(), level, message, ...fields }));
  if (text.length <= longestLine) return `${text}\n`;
  return `${JSON.stringify({ at: new Date(options.clock.now()).toISOString(), level, message: options.secrets.redact(message).slice(0, 1_024), cut: text.slice(0, longestLine / 2) })}\n`;
}

interface RotatingFile {
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

/** A file that is opened at its first line and moved aside when it is full, also when another process writes to it. */
function createRotatingFile(path: string, maxBytes: number, keep: number): RotatingFile {
  let handle: FileHandle | undefined;
  let written = 0;

  const openFile = async (): Promise<FileHandle> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const opened = await open(path, "a", 0o600);
    written = (await opened.stat()).size;
    return opened;
  };
  const close = async (): Promise<void> => {
    const opened = handle;
    handle = undefined;
    await opened?.close();
  };
  return {
    close,
    async append(text) {
      handle ??= await openFile();
      if (written > 0 && written + Buffer.byteLength(text) > maxBytes) {
        await close();
        if (((await stat(path).catch(() => undefined))?.size ?? 0) + Buffer.byteLength(text) > maxBytes) await moveAside(path, keep);
        handle = await openFile();
      }
      const bytes = Buffer.from(text);
      await handle.appendFile(bytes);
      written += bytes.length;
    },
  };
}

/** `log` becomes `log.1`, `log.1` becomes `log.2`; the oldest is overwritten. */
async function moveAside(path: string, keep: number): Promise<void> {
  for (let index = keep - 1; index >= 1; index -= 1) {
    await rename(index === 1 ? path : `${path}.${index - 1}`, `${path}.${index}`).catch(() => undefined);
  }
}
