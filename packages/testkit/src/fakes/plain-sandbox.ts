import type { Sandbox } from "@omni/core";
import { OmniError } from "@omni/core";

/** Makes a sandbox that contains nothing and says so: whatever is to be contained is refused. */
export function createPlainSandbox(): Sandbox {
  return {
    boundary: "Programs run as you do, with all your rights: nothing is contained.",
    contains: false,
    wrap() {
      throw new OmniError("sandbox.unavailable", "This sandbox contains nothing. Configure one that does, or allow the program to run uncontained.");
    },
  };
}
