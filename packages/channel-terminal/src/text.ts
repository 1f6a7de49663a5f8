export { toOneLine, toSafeTerminalText } from "./safe-text.ts";
export { toFit, toGraphemes, toPadded, widthOf, widthOfGrapheme } from "./text-width.ts";
