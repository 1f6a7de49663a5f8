export { create__Name__Tool, omni } from "./__name__-tool.ts";
