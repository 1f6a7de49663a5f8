import type { OmniModule } from "@omni/core";
import type { TerminalChannelOptions } from "./terminal-channel-options.ts";
import { createTerminalChannel } from "./create-terminal-channel.ts";
import { terminalChannelOptions } from "./terminal-channel-options.ts";

/** The module of slot `channel`, name `terminal`. */
export const omni: OmniModule<"channel", TerminalChannelOptions> = { slot: "channel", name: "terminal", contract: 1, options: terminalChannelOptions, create: createTerminalChannel };
