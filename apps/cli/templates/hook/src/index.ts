export { create__Name__Hook, omni } from "./__name__-hook.ts";
