import { describeProvider, toProviderPlace } from "@omni/testkit";
import { createFakeHost } from "@omni/testkit/fakes";
import { createOfflineProvider } from "../src/index.ts";

// There is no endpoint to script, so every case that needs one is skipped by its ability.
describeProvider("provider-offline", () => toProviderPlace(() => createOfflineProvider({}, createFakeHost())));
