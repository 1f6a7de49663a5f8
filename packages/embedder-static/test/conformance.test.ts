import { createFakeHost } from "@omni/testkit/fakes";
import { describeEmbedder } from "@omni/testkit";
import { createStaticEmbedder } from "../src/index.ts";

describeEmbedder("embedder-static", () => createStaticEmbedder({}, createFakeHost()));
