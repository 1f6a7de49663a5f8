/** Something that happened outside, while what it rests on might not have been on the disk. */
export interface UnsyncedStep {
  readonly what: string;
  readonly line: number;
}

/** What was found in a trace. */
export interface SyncReport {
  /** How often each kind of step was seen. */
  readonly seen: ReadonlyMap<string, number>;
  readonly unsynced: readonly UnsyncedStep[];
}

/** How a tracer is told to show what this reads: every write and sync with the file's path, and the begin of what is written. */
export const syncTracer: readonly string[] = ["-y", "-s", "40", "-e", "trace=read,recvfrom,write,writev,sendto,sendmsg,pwrite64,fsync,fdatasync", "-e", "signal=none"];

/**
 * Reads a trace in order and says which steps went out before the log of the
 * database was synced: an acknowledgement before a sync that came after its
 * request, an effect or a post to the platform with a write still unsynced.
 */
export function findUnsynced(trace: string): SyncReport {
  const seen = new Map<string, number>();
  const unsynced: UnsyncedStep[] = [];
  let isDirty = false;
  let hasSynced = true;
  const see = (what: string, holds: boolean, line: number): void => {
    seen.set(what, (seen.get(what) ?? 0) + 1);
    if (!holds) unsynced.push({ what, line });
  };
  for (const [index, text] of trace.split("\n").entries()) {
    const call = /^\d+ +(?:<\.\.\. )?([a-z0-9]+)/.exec(text)?.[1];
    const isLog = /omni\.db-wal>/.test(text);
    if (call === "pwrite64" && isLog) isDirty = true;
    else if ((call === "fsync" || call === "fdatasync") && (isLog || text.includes("resumed")) && text.trimEnd().endsWith("= 0")) {
      isDirty = false;
      hasSynced = true;
    } else if (text.includes("POST /message") && (call === "read" || call === "recvfrom")) hasSynced = false;
    else if (text.includes("HTTP/1.1 202")) see("acknowledged", hasSynced, index + 1);
    else if (call === "write" && /\/effects>/.test(text)) see("effect", !isDirty, index + 1);
    else if (/"POST \/ HTTP\/1\.1/.test(text)) see("post", !isDirty, index + 1);
  }
  return { seen, unsynced };
}
