import type { OmniModule } from "@omni/core";
import type { AllWindowOptions } from "./all-window-options.ts";
import { allWindowOptions } from "./all-window-options.ts";
import { createAllWindow } from "./create-all-window.ts";

/** The unbounded window as an implementation of the window slot. */
export const omni: OmniModule<"window", AllWindowOptions> = {
  slot: "window",
  name: "all",
  contract: 1,
  options: allWindowOptions,
  create: () => createAllWindow(),
};
