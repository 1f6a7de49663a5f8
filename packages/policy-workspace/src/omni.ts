import type { OmniModule } from "@omni/core";
import type { WorkspacePolicyOptions } from "./workspace-policy-options.ts";
import { createWorkspacePolicy } from "./create-workspace-policy.ts";
import { workspacePolicyOptions } from "./workspace-policy-options.ts";

/** The default policy as an implementation of the policy slot. */
export const omni: OmniModule<"policy", WorkspacePolicyOptions> = {
  slot: "policy",
  name: "workspace",
  contract: 1,
  options: workspacePolicyOptions,
  create: createWorkspacePolicy,
};
