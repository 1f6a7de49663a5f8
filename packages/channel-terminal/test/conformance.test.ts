import { describeChannel } from "@omni/testkit";
import { createTerminalPlace } from "./terminal-place.ts";

// One conversation with one person at a keyboard: nothing is acknowledged to anybody, and nobody else can fail.
describeChannel("channel-terminal", createTerminalPlace, { abilities: [] });
