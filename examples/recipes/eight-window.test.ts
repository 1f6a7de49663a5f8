import { describeSessionWindow } from "@omni/testkit";
import { createEightWindow } from "./eight-window.ts";

describeSessionWindow("eight", () => createEightWindow());
