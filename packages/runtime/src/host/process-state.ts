// `stat` of a process is `id (name) state parent group …`; the name may hold anything.

/** True for a process that has ended, and that nobody buried. */
export function isDead(stat: string): boolean {
  const [state] = toFields(stat);
  return state === "Z" || state === "X";
}

/** When it was started, in ticks since the system was; with its number it tells a process from a later one. Empty for an empty text. */
export function startOf(stat: string): string {
  return toFields(stat)[19] ?? "";
}

/** `PF_KTHREAD` of the kernel's `sched.h`. */
const kernelThread = 0x20_00_00;

/** True for a thread of the kernel's own, which has no environment. */
export function isOfKernel(stat: string): boolean {
  return (Number(toFields(stat)[6]) & kernelThread) !== 0;
}

/** True for a process that holds no memory any more, as it is on its way out; also for one of the kernel's own. */
export function isWithoutMemory(stat: string): boolean {
  return Number(toFields(stat)[20]) === 0;
}

/** True for a program that was started with an empty environment; false also while one is just becoming another, and where the kernel does not show it (`env_start` and `env_end` of proc(5)). */
export function hasEmptyEnvironment(stat: string): boolean {
  const [start, end] = toFields(stat).slice(47, 49).map(Number);
  return end !== undefined && end > 0 && start === end;
}

/** True for a process of the group. */
export function isMember(stat: string, group: number): boolean {
  return Number(toFields(stat)[2]) === group;
}

function toFields(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
