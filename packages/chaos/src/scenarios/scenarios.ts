import type { Scenario } from "../scenario.ts";
import { barrierKills } from "./barrier-kills.ts";
import { cutStreams } from "./cut-streams.ts";
import { deliveryKills } from "./delivery-kills.ts";
import { intakeFaults } from "./intake-faults.ts";
import { lifeFaults } from "./life-faults.ts";
import { modelKills } from "./model-kills.ts";
import { powerCuts } from "./power-cuts.ts";
import { providerFaults } from "./provider-faults.ts";
import { randomKills } from "./random-kills.ts";
import { storageFaults } from "./storage-faults.ts";
import { syscallSweeps } from "./syscall-sweeps.ts";

/** Every fault that is done to the built program; the long ones first. */
export const scenarios: readonly Scenario[] = [...randomKills, ...syscallSweeps, ...powerCuts, ...intakeFaults, ...cutStreams, ...storageFaults, ...lifeFaults, ...providerFaults, ...barrierKills, ...modelKills, ...deliveryKills];
