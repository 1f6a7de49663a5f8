export { create__Name__Provider, omni } from "./__name__-provider.ts";
