import type { Embedder } from "@omni/core";
import { createFakeHost } from "@omni/testkit/fakes";
import { describeEmbedder } from "@omni/testkit";
import { afterAll, vi } from "vitest";
import { createLocalEmbedder, localEmbedderOptions } from "../src/index.ts";

// Five hundred sentences are four seconds of one processor, and a busy machine may give a fifth of it.
vi.setConfig({ testTimeout: 90_000 });

// The encoder takes a second of a processor to come up, so the cases share one; create-local-embedder.test.ts ends and starts it.
const shared = createLocalEmbedder(localEmbedderOptions.parse({}), createFakeHost());
afterAll(() => shared.close());

/** One of its own, which embeds by the shared encoder as long as it is open. */
function createSharing(): Embedder {
  const own = createLocalEmbedder(localEmbedderOptions.parse({}), createFakeHost());
  let isClosed = false;
  return {
    ...own,
    embed: (texts, signal) => (isClosed ? own : shared).embed(texts, signal),
    close() {
      isClosed = true;
      return own.close();
    },
  };
}

describeEmbedder("embedder-local", createSharing);
