import type { OmniModule } from "@omni/core";
import type { StaticEmbedderOptions } from "./static-embedder-options.ts";
import { createStaticEmbedder } from "./create-static-embedder.ts";
import { staticEmbedderOptions } from "./static-embedder-options.ts";

/** Static word vectors as an implementation of the embedder slot. */
export const omni: OmniModule<"embedder", StaticEmbedderOptions> = { slot: "embedder", name: "static", contract: 1, options: staticEmbedderOptions, create: createStaticEmbedder };
