export type { AllWindowOptions } from "./all-window-options.ts";
export { allWindowOptions } from "./all-window-options.ts";
export { createAllWindow } from "./create-all-window.ts";
export { omni } from "./omni.ts";
