import { describePolicy } from "@omni/testkit";
import { create__Name__Policy } from "../src/index.ts";

describePolicy("__name__", () => create__Name__Policy());
