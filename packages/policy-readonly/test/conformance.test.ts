import { describePolicy } from "@omni/testkit";
import { createFakeHost } from "@omni/testkit/fakes";
import { createReadonlyPolicy } from "../src/index.ts";

describePolicy("policy-readonly", () => createReadonlyPolicy({}, createFakeHost()));
