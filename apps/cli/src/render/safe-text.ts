export { toOneLine, toSafeTerminalText } from "@omni/channel-terminal/text";
