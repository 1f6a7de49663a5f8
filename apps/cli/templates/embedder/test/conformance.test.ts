import { describeEmbedder } from "@omni/testkit";
import { createFakeHost, createHashEmbedder } from "@omni/testkit/fakes";
import { create__Name__Embedder } from "../src/index.ts";

const url = "https://compass.example/";

/** An endpoint in this process: texts that share words are near. */
const endpoint: typeof fetch = async (_url, init) => {
  init?.signal?.throwIfAborted();
  const { texts } = JSON.parse(String(init?.body));
  const vectors = await createHashEmbedder(128).embed(texts, AbortSignal.timeout(10_000));
  return Response.json({ vectors: vectors.map((vector) => [...vector]) });
};

describeEmbedder("__name__", () => create__Name__Embedder({ url }, createFakeHost({ egress: { fetch: endpoint, configured: () => endpoint } })));
