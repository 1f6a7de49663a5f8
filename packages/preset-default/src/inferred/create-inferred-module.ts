import type { OmniModule } from "@omni/core";
import type { InferredParts } from "./create-inferred-provider.ts";
import type { InferredProviderOptions } from "./inferred-provider-options.ts";
import { createInferredProvider } from "./create-inferred-provider.ts";
import { inferredProviderOptions } from "./inferred-provider-options.ts";

/** The module of slot `provider`, name `inferred`. It belongs to the preset, whose parts it hands over to. */
export function createInferredModule(parts: InferredParts): OmniModule<"provider", InferredProviderOptions> {
  return { slot: "provider", name: "inferred", contract: 1, options: inferredProviderOptions, create: (options, host) => createInferredProvider(options, host, parts) };
}
