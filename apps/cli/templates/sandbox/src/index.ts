export { create__Name__Sandbox, omni } from "./__name__-sandbox.ts";
