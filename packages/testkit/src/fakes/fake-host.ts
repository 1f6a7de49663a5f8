import type { Host } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ManualClock } from "./manual-clock.ts";
import type { MemoryFiles } from "./memory-files.ts";
import type { RecordingLog } from "./recording-log.ts";
import { createCountingRandom } from "./counting-random.ts";
import { createManualClock } from "./manual-clock.ts";
import { createMemoryFiles } from "./memory-files.ts";
import { createRecordingLog } from "./recording-log.ts";

/** A host whose time, chance, files and log are the test's own. */
export interface FakeHost extends Host {
  readonly clock: ManualClock;
  readonly files: MemoryFiles;
  readonly log: RecordingLog;
}

/**
 * Makes a fake host. Fetches go out through the global fetch (for fake
 * servers on this machine), nothing can be spawned, tokens are a quarter of
 * the characters. What is given in `parts` replaces what would be made.
 */
export function createFakeHost(parts: Partial<FakeHost> = {}): FakeHost {
  return {
    paths: { home: "/home/omni", state: "/home/omni/state", workspace: "/home/omni/workspace" },
    clock: createManualClock(),
    files: createMemoryFiles(),
    log: createRecordingLog(),
    random: createCountingRandom(),
    egress: { fetch: (url, init) => fetch(url, init), configured: () => fetch },
    spawn: { start: () => Promise.reject(new OmniError("spawn.failed", "The fake host starts no process.")) },
    secrets: { get: async () => undefined, redact: (text) => text, register: () => undefined },
    tokens: { count: (text) => Math.ceil(text.length / 4), calibrate: () => undefined },
    ...parts,
  };
}
