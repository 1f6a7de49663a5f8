import { createFakeHost } from "@omni/testkit/fakes";
import { describeEmbedder } from "@omni/testkit";
import { vi } from "vitest";
import { createLocalEmbedder, localEmbedderOptions } from "../src/index.ts";

// Five hundred sentences are four seconds of one processor, and a busy machine may give a fifth of it.
vi.setConfig({ testTimeout: 90_000 });

describeEmbedder("embedder-local", () => createLocalEmbedder(localEmbedderOptions.parse({}), createFakeHost()));
