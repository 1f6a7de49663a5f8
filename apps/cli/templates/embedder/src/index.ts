export { create__Name__Embedder, omni } from "./__name__-embedder.ts";
