import { readdir, readFile } from "node:fs/promises";

/** Sends a signal to a group, 0 to ask only; true while the group has members, dead ones that nobody buried included. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
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
export async function hasLivingMember(group: number): Promise<boolean> {
  if (!signalGroup(group, 0)) return false;
  const names = await readdir("/proc").catch(() => undefined);
  if (names === undefined) return true;
  const states = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((name) => readFile(`/proc/${name}/stat`, "utf8").catch(() => "")));
  return states.length === 0 || states.some((state) => isLivingMember(state, group));
}

/** `stat` of a process is `id (name) state parent group …`; the name may hold anything. */
function isLivingMember(stat: string, group: number): boolean {
  const [state, , memberOf] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(memberOf) === group && state !== "Z" && state !== "X";
}
