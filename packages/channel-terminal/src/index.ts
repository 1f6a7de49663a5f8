export type { TerminalAsk, TerminalChannel, TerminalIntent, TerminalTurn } from "./terminal-channel.ts";
export type { TerminalChannelOptions } from "./terminal-channel-options.ts";
export type { TerminalEvent, TerminalOutcome } from "./terminal-event.ts";
export { createTerminalChannel } from "./create-terminal-channel.ts";
export { historyFile } from "./input-history.ts";
export { omni } from "./omni.ts";
export { terminalChannelOptions } from "./terminal-channel-options.ts";
