// `stat` of a process is `id (name) state parent group …`; the name may hold anything.

/** True for a process that has ended, and that nobody buried. */
export function isDead(stat: string): boolean {
  const [state] = toFields(stat);
  return state === "Z" || state === "X";
}

/** True for every process but the kernel's own and the dead. */
export function takesMemory(stat: string): boolean {
  return Number(toFields(stat)[20]) > 0;
}

/** True for a process of the group. */
export function isMember(stat: string, group: number): boolean {
  return Number(toFields(stat)[2]) === group;
}

function toFields(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
