import type { Host, SpawnedProcess } from "@omni/core";

/** Ends the groups of programs whose gateway died. */
export interface GroupGuard {
  /** Resolves when the guard stands. Call it before a program is started: from then on `watch` is one write, and there is no time in which a program runs unguarded. */
  ready(): Promise<void>;
  /** Puts a group under guard; resolves with how to take it off again. */
  watch(group: number): Promise<() => void>;
  /** Ends the guard, and leaves the groups alone. Idempotent. */
  close(): Promise<void>;
}

/**
 * Reads `+ GROUP` and `- GROUP`. Its input ends when the gateway does, however
 * that came about; then it ends every group still on its list.
 */
const script = `
groups=
while read -r sign group; do
  rest=
  for each in $groups; do [ "$each" = "$group" ] || rest="$rest $each"; done
  groups=$rest
  [ "$sign" = "-" ] || groups="$groups $group"
done
for each in $groups; do kill -s TERM -- "-$each"; done 2>/dev/null
[ -z "$groups" ] || sleep 1
for each in $groups; do kill -s KILL -- "-$each"; done 2>/dev/null
`;

/**
 * A guard for all programs of a toolset: one small process, started with the
 * first of them, in a group of its own. Where it cannot be started programs
 * run without it and the log says so.
 */
export function createGroupGuard(host: Pick<Host, "spawn" | "log" | "paths">): GroupGuard {
  const groups = new Set<number>();
  let running: Promise<SpawnedProcess | undefined> | undefined;
  const send = async (guard: SpawnedProcess | undefined, line: string): Promise<void> => {
    await guard?.write(new TextEncoder().encode(`${line}\n`)).catch(() => undefined);
  };
  const start = async (): Promise<SpawnedProcess | undefined> => {
    try {
      const request = { argv: ["/bin/sh", "-c", script], cwd: "/", env: { PATH: "/usr/bin:/bin" } };
      const guard = await host.spawn.start(request, { signal: new AbortController().signal });
      void guard.exit.then(() => (running = undefined));
      for (const group of groups) await send(guard, `+ ${group}`);
      return guard;
    } catch (error) {
      host.log.warn("no guard could be started; programs would outlive a crash", { reason: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  };
  return {
    ready: async () => void (await (running ??= start())),
    async watch(group) {
      groups.add(group);
      await send(await (running ??= start()), `+ ${group}`);
      return () => {
        groups.delete(group);
        void running?.then((guard) => send(guard, `- ${group}`));
      };
    },
    async close() {
      const guard = await running;
      await guard?.end(0);
    },
  };
}
