export { create__Name__Window, omni } from "./__name__-window.ts";
