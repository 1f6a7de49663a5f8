import type { OmniModule } from "@omni/core";
import type { ReadonlyPolicyOptions } from "./readonly-policy-options.ts";
import { createReadonlyPolicy } from "./create-readonly-policy.ts";
import { readonlyPolicyOptions } from "./readonly-policy-options.ts";

/** The policy that only looks, as an implementation of the policy slot. */
export const omni: OmniModule<"policy", ReadonlyPolicyOptions> = {
  slot: "policy",
  name: "readonly",
  contract: 1,
  options: readonlyPolicyOptions,
  create: createReadonlyPolicy,
};
