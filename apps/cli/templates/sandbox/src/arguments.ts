// Yours to write, at most 40 lines of code: the arguments that contain, what they cannot contain, and what holds.
// What stands here works and passes the kit; put your own in its place.

import type { Containment, SpawnRequest } from "@omni/core";

/** What holds, in plain words. */
export const boundary = "A program sees the system's programs and the folders it was given, writes in those it may write in and nowhere else, and has no network.";

/** The system's own folders, to be seen and not to be changed. Where one is missing it is left out. */
const system = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc"];

/** How the containing program is asked whether it works here. */
export const trial: readonly string[] = ["--unshare-all", "--ro-bind", "/", "/", "true"];

/** Why this cannot be contained; undefined where it can. */
export function findFault({ cwd }: SpawnRequest, { writable, hidden, hosts }: Containment): string | undefined {
  if (hosts.length > 0) return "it is on the network with every host or with none; ask for no hosts";
  const seen = [...system, cwd, ...writable];
  const secret = hidden.find((path) => seen.some((shown) => isInside(path, shown) || isInside(shown, path)));
  return secret === undefined ? undefined : `it shows folders whole, and ${secret} has to do with one of them; work in another folder`;
}

/** The arguments that stand before the program's own: a world in which nothing is but what is named here. */
export function toArguments({ cwd }: SpawnRequest, { writable }: Containment): readonly string[] {
  const look = system.flatMap((path) => ["--ro-bind-try", path, path]);
  const work = ["--ro-bind", cwd, cwd, ...writable.flatMap((path) => ["--bind-try", path, path])];
  return ["--unshare-all", "--die-with-parent", "--new-session", ...look, "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", ...work, "--chdir", cwd, "--"];
}

/** True where a path lies in a folder, or is that folder. */
function isInside(path: string, folder: string): boolean {
  const [inner, outer] = [path, folder].map((each) => each.split("/").filter((part) => part !== "" && part !== "."));
  return outer !== undefined && outer.every((part, index) => part === inner?.[index]);
}
