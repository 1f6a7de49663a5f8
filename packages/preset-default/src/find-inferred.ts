import type { Host } from "@omni/core";
import type { SlotChoice } from "@omni/runtime";

/** Where the provider `inferred` finds a model now: a base URL, undefined where there is none within a second. Rejects with the reason of the signal. */
export async function findInferred(choice: SlotChoice, host: Pick<Host, "clock" | "egress">, signal: AbortSignal): Promise<string | undefined> {
  const [{ findEndpoint }, { inferredProviderOptions }] = await Promise.all([import("./inferred/find-endpoint.ts"), import("./inferred/inferred-provider-options.ts")]);
  return findEndpoint(inferredProviderOptions.parse(choice.with).addresses, host, signal);
}
