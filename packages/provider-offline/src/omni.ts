import type { OmniModule } from "@omni/core";
import type { OfflineProviderOptions } from "./offline-provider-options.ts";
import { createOfflineProvider } from "./create-offline-provider.ts";
import { offlineProviderOptions } from "./offline-provider-options.ts";

/** The module of slot `provider`, name `offline`. */
export const omni: OmniModule<"provider", OfflineProviderOptions> = { slot: "provider", name: "offline", contract: 1, options: offlineProviderOptions, create: createOfflineProvider };
