export type { WorkspacePolicyOptions } from "./workspace-policy-options.ts";
export { workspacePolicyOptions } from "./workspace-policy-options.ts";
export { createWorkspacePolicy } from "./create-workspace-policy.ts";
export { omni } from "./omni.ts";
