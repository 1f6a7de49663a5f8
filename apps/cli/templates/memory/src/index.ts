export { create__Name__Memory, omni } from "./__name__-memory.ts";
