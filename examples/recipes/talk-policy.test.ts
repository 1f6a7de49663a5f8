import { describePolicy } from "@omni/testkit";
import { createTalkPolicy } from "./talk-policy.ts";

describePolicy("talk", () => createTalkPolicy());
