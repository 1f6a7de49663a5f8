import type { OmniErrorCode } from "@omni/core";

/** Errors of a start whose mend is another command line, another configuration or another home. */
const usageCodes: ReadonlySet<OmniErrorCode> = new Set<OmniErrorCode>(["usage.invalid", "config.invalid", "config.missing-variable", "config.unknown-implementation", "config.bad-module", "home.unwritable", "workspace.not-found", "gateway.bind"]);

/** What the program ends with for an error, as `omni gateway` does. */
export function toExitCode(code: OmniErrorCode): number {
  if (code === "home.held") return 4;
  return usageCodes.has(code) ? 2 : 1;
}
