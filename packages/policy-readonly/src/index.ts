export type { ReadonlyPolicyOptions } from "./readonly-policy-options.ts";
export { readonlyPolicyOptions } from "./readonly-policy-options.ts";
export { createReadonlyPolicy } from "./create-readonly-policy.ts";
export { omni } from "./omni.ts";
