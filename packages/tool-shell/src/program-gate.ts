import type { SpawnedProcess } from "@omni/core";

/** What the gate ends with where there is no such program; a shell's own number for it. */
export const notFoundCode = 127;

/**
 * Waits for a line before it becomes the program, under the same process and
 * group. The line comes when the group is under guard; where the gateway dies
 * before, the input ends instead and the program is never run.
 */
const script = `
read -r go || exit 125
command -v "$1" > /dev/null 2>&1 || exit ${notFoundCode}
exec "$@" < /dev/null
`;

/** The program behind the gate. */
export function toGated(argv: readonly string[]): readonly string[] {
  return ["/bin/sh", "-c", script, "sh", ...argv];
}

/** Lets the program run. */
export async function openGate(spawned: SpawnedProcess): Promise<void> {
  // Where it has ended already, its end says so.
  await spawned.write(new TextEncoder().encode("go\n")).catch(() => undefined);
}
