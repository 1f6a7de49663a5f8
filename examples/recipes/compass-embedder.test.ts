import { describeEmbedder } from "@omni/testkit";
import { createFakeHost, createHashEmbedder } from "@omni/testkit/fakes";
import { createCompassEmbedder } from "./compass-embedder.ts";

const url = "https://compass.example/";

/** An endpoint in this process: texts that share words are near. */
const endpoint: typeof fetch = async (_url, init) => {
  init?.signal?.throwIfAborted();
  const { texts } = JSON.parse(String(init?.body));
  const vectors = await createHashEmbedder(128).embed(texts, AbortSignal.timeout(10_000));
  return Response.json({ vectors: vectors.map((vector) => [...vector]) });
};

describeEmbedder("compass", () => createCompassEmbedder({ url }, createFakeHost({ egress: { fetch: endpoint, configured: () => endpoint } })));
