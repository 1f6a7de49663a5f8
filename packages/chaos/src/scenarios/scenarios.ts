import type { Scenario } from "../scenario.ts";
import { barrierKills } from "./barrier-kills.ts";
import { cutReplies } from "./cut-replies.ts";
import { cutStreams } from "./cut-streams.ts";
import { deliveryKills } from "./delivery-kills.ts";
import { intakeFaults } from "./intake-faults.ts";
import { lifeFaults } from "./life-faults.ts";
import { lockFaults } from "./lock-faults.ts";
import { modelKills } from "./model-kills.ts";
import { powerCuts } from "./power-cuts.ts";
import { providerFaults } from "./provider-faults.ts";
import { randomKills } from "./random-kills.ts";
import { recoverySweeps } from "./recovery-sweeps.ts";
import { storageFaults } from "./storage-faults.ts";
import { syscallSweeps } from "./syscall-sweeps.ts";
import { unfitRequests } from "./unfit-requests.ts";

/** Every fault that is done to the built program; the long ones first. */
export const scenarios: readonly Scenario[] = [...randomKills, ...recoverySweeps, ...syscallSweeps, ...powerCuts, ...intakeFaults, ...cutStreams, ...lockFaults, ...storageFaults, ...lifeFaults, ...cutReplies, ...providerFaults, ...unfitRequests, ...barrierKills, ...modelKills, ...deliveryKills];
