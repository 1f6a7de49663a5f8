import { describeSessionWindow } from "@omni/testkit";
import { createAllWindow } from "../src/index.ts";

describeSessionWindow("window-all", () => createAllWindow());
