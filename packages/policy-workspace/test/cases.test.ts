import { createFakeHost } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { createWorkspacePolicy, workspacePolicyOptions } from "../src/index.ts";
import { hostCases, pathCases } from "./cases.ts";
import { toRequest } from "./request.ts";

const policy = createWorkspacePolicy(workspacePolicyOptions.parse({ allowHosts: [] }), createFakeHost());

describe("the case files", () => {
  it.each(pathCases)("%s reading %j: %s", (_, path, verdict) => {
    expect(policy.decide(toRequest({ kind: "read", paths: [path] })).verdict).toBe(verdict);
    const write = policy.decide(toRequest({ kind: "write", paths: [path] }, { autonomy: "full" })).verdict;
    expect(write).toBe(verdict);
  });

  it.each(hostCases)("%s the host %j is denied: %s", (_, host, isDenied) => {
    expect(policy.decide(toRequest({ kind: "read-open", hosts: [host] }, { autonomy: "full" })).verdict).toBe(isDenied ? "deny" : "allow");
  });
});
