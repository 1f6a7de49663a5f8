export type { ManualClock } from "./manual-clock.ts";
export { createManualClock } from "./manual-clock.ts";
export { createCountingRandom } from "./counting-random.ts";
export type { MemoryFiles } from "./memory-files.ts";
export { createMemoryFiles } from "./memory-files.ts";
export type { RecordingLog } from "./recording-log.ts";
export { createRecordingLog } from "./recording-log.ts";
export type { FakeHost } from "./fake-host.ts";
export { createFakeHost } from "./fake-host.ts";
