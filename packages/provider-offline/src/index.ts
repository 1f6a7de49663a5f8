export type { OfflineProviderOptions } from "./offline-provider-options.ts";
export { offlineProviderOptions } from "./offline-provider-options.ts";
export { createOfflineProvider } from "./create-offline-provider.ts";
export { omni } from "./omni.ts";
