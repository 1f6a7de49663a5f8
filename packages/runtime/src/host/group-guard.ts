/** A small process that outlives this one, as the guard needs it. */
export interface GuardProcess {
  write(text: string): Promise<void>;
  /** Resolves when it has ended, however that came about. */
  readonly exit: Promise<unknown>;
  kill(): void;
}

/** Ends the groups of programs whose process died, and what left them. */
export interface GroupGuard {
  /** Resolves when the guard stands. Called before a program is started, so that `watch` is one write. */
  ready(): Promise<void>;
  /** Puts a group under guard. */
  watch(group: number): Promise<void>;
  /** Takes it off again. */
  leave(group: number): void;
  /** Ends the guard, and leaves the groups alone. Idempotent. */
  close(): Promise<void>;
}

/**
 * Reads `+ GROUP` and `- GROUP`. Its input ends when the gateway does, however
 * that came about; then it ends every group still on its list, and every
 * process that carries its first argument in its environment: what left a
 * group. By force more than once, as one that is ended may have started
 * another, and once more a second later, as a program that is just becoming
 * another shows no environment.
 */
const script = `
mark=$1
groups=
while read -r sign group; do
  rest=
  for each in $groups; do [ "$each" = "$group" ] || rest="$rest $each"; done
  groups=$rest
  [ "$sign" = "-" ] || groups="$groups $group"
done
end_marked() {
  found=$(grep -l -F -e "$mark" /proc/[0-9]*/environ)
  for each in $found; do each=\${each#/proc/}; kill -s "$1" "\${each%/environ}"; done
  [ -n "$found" ]
} 2>/dev/null
for each in $groups; do kill -s TERM -- "-$each"; done 2>/dev/null
end_marked TERM
sleep 1
for each in $groups; do kill -s KILL -- "-$each"; done 2>/dev/null
left=20
while end_marked KILL && [ "$left" -gt 0 ]; do left=$((left - 1)); done
sleep 1
end_marked KILL
`;

/** How the guard itself is started; `mark` is what the environments of all programs of its host have in common, and no other. */
export function toGuardArgv(mark: string): readonly string[] {
  return ["/bin/sh", "-c", script, "sh", mark];
}

/**
 * A guard for all programs of a host: one small process, started with the
 * first of them, in a group of its own. Where it cannot be started programs
 * run without it, and `failed` is told why.
 */
export function createGroupGuard(open: () => Promise<GuardProcess>, failed: (reason: unknown) => void): GroupGuard {
  const groups = new Set<number>();
  let running: Promise<GuardProcess | undefined> | undefined;
  const send = async (guard: GuardProcess | undefined, line: string): Promise<void> => {
    await guard?.write(`${line}\n`).catch(() => undefined);
  };
  const start = async (): Promise<GuardProcess | undefined> => {
    try {
      const guard = await open();
      void guard.exit.then(() => (running = undefined));
      for (const group of groups) await send(guard, `+ ${group}`);
      return guard;
    } catch (error) {
      failed(error);
      return undefined;
    }
  };
  return {
    ready: async () => void (await (running ??= start())),
    async watch(group) {
      groups.add(group);
      await send(await (running ??= start()), `+ ${group}`);
    },
    leave(group) {
      if (groups.delete(group)) void running?.then((guard) => send(guard, `- ${group}`));
    },
    async close() {
      (await running)?.kill();
    },
  };
}
