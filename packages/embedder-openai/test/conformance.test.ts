import { describeEmbedder } from "@omni/testkit";
import { afterAll } from "vitest";
import { createEmbeddingsServer, createPromptHost, dimensions } from "./embeddings-server.ts";
import { createOpenAIEmbedder, openAIEmbedderOptions } from "../src/index.ts";

const server = await createEmbeddingsServer();
afterAll(() => server.close());

describeEmbedder("embedder-openai", () => createOpenAIEmbedder(openAIEmbedderOptions.parse({ baseUrl: server.url, model: "fake", dimensions }), createPromptHost().host));
