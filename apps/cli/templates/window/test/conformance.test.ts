import { describeSessionWindow } from "@omni/testkit";
import { create__Name__Window } from "../src/index.ts";

describeSessionWindow("__name__", () => create__Name__Window());
