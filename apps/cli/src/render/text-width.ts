export { toFit, toPadded, widthOf } from "@omni/channel-terminal/text";
