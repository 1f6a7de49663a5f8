import { join } from "node:path";
import type { Egress, Host, HostPaths, Sandbox } from "@omni/core";
import type { LogLevel } from "./file-log.ts";
import type { Resolve } from "./egress-target.ts";
import { createEstimatingTokens } from "./estimating-tokens.ts";
import { createFileLog } from "./file-log.ts";
import { createKnownSecrets } from "./known-secrets.ts";
import { createProcessSpawn } from "./process-spawn.ts";
import { createRootedFiles } from "./rooted-files.ts";
import { createSystemClock } from "./system-clock.ts";
import { createSystemRandom } from "./system-random.ts";

/** What a host is made from. */
export interface HostOptions {
  readonly paths: HostPaths;
  /** How much goes into `state/logs/omni.log`. Default `info`. */
  readonly log?: { readonly level?: LogLevel };
  /** Where secrets are looked up by name: the environment, as the app hands it over. Values under names that sound like a secret's are redacted everywhere. */
  readonly secrets?: Readonly<Record<string, string | undefined>>;
  /** What contains processes; without one a containment asked for is refused. */
  readonly sandbox?: Sandbox;
  /** Finds addresses of host names; default: the system's resolver. */
  readonly resolve?: Resolve;
}

/** A host with its end. */
export interface SystemHost extends Host {
  /** Ends every process that still runs, and writes the log out. */
  close(): Promise<void>;
}

/** The operating system as implementations see it. Touches nothing until it is used. */
export function createHost(options: HostOptions): SystemHost {
  const clock = createSystemClock();
  const random = createSystemRandom(clock);
  const secrets = createKnownSecrets(options.secrets);
  const log = createFileLog({ path: join(options.paths.state, "logs", "omni.log"), clock, secrets, ...(options.log?.level === undefined ? {} : { level: options.log.level }) });
  const spawn = createProcessSpawn({ log, ...(options.sandbox === undefined ? {} : { sandbox: options.sandbox }) });
  return {
    paths: options.paths,
    clock,
    random,
    log,
    secrets,
    spawn,
    files: createRootedFiles(random),
    egress: toLazyEgress(async () => (await import("./guarded-egress.ts")).createGuardedEgress({ clock, ...(options.resolve === undefined ? {} : { resolve: options.resolve }) })),
    tokens: createEstimatingTokens(),
    async close() {
      await spawn.close();
      await log.close();
    },
  };
}

/** The way out, made at the first fetch: a turn that fetches nothing does not load it. */
function toLazyEgress(make: () => Promise<Egress>): Egress {
  let made: Promise<Egress> | undefined;
  const get = (): Promise<Egress> => (made ??= make());
  return {
    fetch: async (url, init, options) => (await get()).fetch(url, init, options),
    configured: () => async (input, init) => (await get()).configured()(input, init),
  };
}
