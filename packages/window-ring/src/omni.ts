import type { OmniModule } from "@omni/core";
import type { RingWindowOptions } from "./ring-window-options.ts";
import { createRingWindow } from "./create-ring-window.ts";
import { ringWindowOptions } from "./ring-window-options.ts";

/** The ring as an implementation of the window slot. */
export const omni: OmniModule<"window", RingWindowOptions> = {
  slot: "window",
  name: "ring",
  contract: 1,
  options: ringWindowOptions,
  create: (options) => createRingWindow(options),
};
