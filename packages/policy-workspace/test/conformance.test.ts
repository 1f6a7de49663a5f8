import { describePolicy } from "@omni/testkit";
import { createFakeHost } from "@omni/testkit/fakes";
import { createWorkspacePolicy, workspacePolicyOptions } from "../src/index.ts";

describePolicy("policy-workspace", () => createWorkspacePolicy(workspacePolicyOptions.parse({}), createFakeHost()));
describePolicy("policy-workspace with programs let loose", () => createWorkspacePolicy(workspacePolicyOptions.parse({ autonomy: "full", unsandboxedShell: true }), createFakeHost()));
