import type { OmniModule } from "@omni/core";
import type { LocalEmbedderOptions } from "./local-embedder-options.ts";
import { createLocalEmbedder } from "./create-local-embedder.ts";
import { localEmbedderOptions } from "./local-embedder-options.ts";

/** A sentence encoder in a worker as an implementation of the embedder slot. */
export const omni: OmniModule<"embedder", LocalEmbedderOptions> = { slot: "embedder", name: "local", contract: 1, options: localEmbedderOptions, create: createLocalEmbedder };
