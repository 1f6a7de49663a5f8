export { create__Name__Store, omni } from "./__name__-store.ts";
