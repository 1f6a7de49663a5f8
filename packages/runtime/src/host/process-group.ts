import type { ProcessTable } from "./process-table.ts";
import { findMarked } from "./marked-processes.ts";
import { isDead, isMember, startOf } from "./process-state.ts";

/** A group of processes, and what left it and carried the mark of the group when it was seen first. */
export interface ProcessGroup {
  /** True while the group has members, dead ones that nobody buried included. */
  exists(): boolean;
  /** True while anything of it lives, also outside of the group; what is on its way out lives until its files are closed. */
  lives(): Promise<boolean>;
  /** Sends a signal to all of it, once to each. */
  signal(signal: NodeJS.Signals): Promise<void>;
}

/** The group of this number whose members were started with this mark; `table` need only have what was started with the group or later. */
export function createProcessGroup(id: number, mark: string, table: ProcessTable): ProcessGroup {
  let isGone = false;
  const marked = createMarkedSet(mark, table);
  // Once it is gone its number may belong to somebody else and is not signalled again.
  const exists = (): boolean => {
    isGone ||= !send(-id, 0);
    return !isGone;
  };
  return {
    exists,
    lives: async () => (exists() && (await hasLivingMember(id, table))) || (await marked.living()).length > 0,
    async signal(signal) {
      if (exists()) send(-id, signal);
      for (const { process, stat } of await marked.living()) if (!isMember(stat, id)) send(process, signal);
    },
  };
}

interface SeenProcess {
  readonly process: number;
  readonly stat: string;
}

/**
 * Those that carry the mark. Each is known for good by its number and the time
 * of its start, as one that is on its way out shows no environment, nor need
 * one that has become another program.
 */
function createMarkedSet(mark: string, table: ProcessTable): { living(): Promise<readonly SeenProcess[]> } {
  const starts = new Map<number, string>();
  const see = async (process: number): Promise<SeenProcess> => ({ process, stat: await table.read(process, "stat").catch(() => "") });
  return {
    async living() {
      const found = await Promise.all((await findMarked(mark, table)).map(see));
      for (const { process, stat } of found) starts.set(process, startOf(stat));
      const known = await Promise.all([...starts.keys()].map(see));
      return known.filter(({ process, stat }) => stat !== "" && !isDead(stat) && startOf(stat) === starts.get(process));
    },
  };
}

/** Sends a signal to a process, or to a group by its number with a minus, 0 to ask only; true while there is one. */
function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * True while a member of the group lives. Where the first process of the
 * system is slow to bury the dead (in many containers) a group outlasts its
 * members, so on Linux their states are looked at; elsewhere a group counts
 * as living while it exists.
 */
async function hasLivingMember(group: number, table: ProcessTable): Promise<boolean> {
  const ids = await table.list();
  const states = await Promise.all(ids.map((id) => table.read(id, "stat").catch(() => "")));
  return states.length === 0 || states.some((stat) => isMember(stat, group) && !isDead(stat));
}
