import type { Clock } from "./clock.ts";
import type { Egress } from "./egress.ts";
import type { Embedder } from "./embedder.ts";
import type { Files } from "./files.ts";
import type { Log } from "./log.ts";
import type { Memory } from "./memory.ts";
import type { Random } from "./random.ts";
import type { Secrets } from "./secrets.ts";
import type { Spawn } from "./spawn.ts";
import type { TerminalDevice } from "./terminal-device.ts";
import type { TokenCounter } from "./token-counter.ts";

/** Where a home keeps things. All absolute. */
export interface HostPaths {
  readonly home: string;
  /** Database, locks and logs; made 0700 before any part is created. */
  readonly state: string;
  /** The default workspace. */
  readonly workspace: string;
}

/** What an implementation is given instead of the operating system. */
export interface Host {
  readonly paths: HostPaths;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly egress: Egress;
  readonly files: Files;
  readonly spawn: Spawn;
  readonly secrets: Secrets;
  readonly tokens: TokenCounter;
  /** The embedder of the composition, for a memory; absent where words alone are used. */
  readonly embedder?: Embedder;
  /** The memory of the composition, for tools; absent where it is turned off. */
  readonly memory?: Memory;
  /** The terminal of the person, for a chat in it; only a program that was started in one has it. */
  readonly terminal?: TerminalDevice;
}
