import { describeSessionWindow } from "@omni/testkit";
import { createRingWindow, ringWindowOptions } from "../src/index.ts";

describeSessionWindow("window-ring with its defaults", () => createRingWindow(ringWindowOptions.parse({})));
describeSessionWindow("window-ring of five slots", () => createRingWindow(ringWindowOptions.parse({ capacity: 5 })));
