export type { RingWindowOptions } from "./ring-window-options.ts";
export { ringWindowOptions } from "./ring-window-options.ts";
export { createRingWindow } from "./create-ring-window.ts";
export { omni } from "./omni.ts";
