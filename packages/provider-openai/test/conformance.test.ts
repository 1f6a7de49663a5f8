import type { FakeOpenAIReply } from "@omni/testkit/fakes";
import type { PlacedReply, ProviderFault, ProviderPlace } from "@omni/testkit";
import { createFakeOpenAI } from "@omni/testkit/fakes";
import { describeProvider } from "@omni/testkit";
import { createOpenAIProvider, openAIProviderOptions } from "../src/index.ts";
import { createPromptHost } from "./endpoint-harness.ts";

const faults: Readonly<Record<ProviderFault, FakeOpenAIReply>> = {
  unreachable: { cutAt: "before" },
  unauthorised: { status: 401 },
  "not-found": { status: 404 },
  "rate-limited": { status: 429 },
  unavailable: { status: 503 },
  "bad-response": { html: true },
  "context-too-long": { status: 400, error: { code: "context_length_exceeded", message: "This model's maximum context length is 8192 tokens." } },
  refused: { status: 422 },
  cut: { cutAt: "before-end" },
};

function toReply({ fault, finish, stall, ...rest }: PlacedReply): FakeOpenAIReply {
  return {
    ...rest,
    ...(finish === undefined ? {} : { finish: finish.replace("-", "_") }),
    ...(stall === true ? { stall: "before-end" } : {}),
    ...(fault === undefined ? {} : faults[fault]),
  };
}

async function createPlace(): Promise<ProviderPlace> {
  const server = await createFakeOpenAI({ models: [{ id: "first-model", max_model_len: 8192 }, "second-model"] });
  return {
    create: async () => createOpenAIProvider(openAIProviderOptions.parse({ baseUrl: server.url }), createPromptHost().host),
    script: (replies) => server.script(replies.map(toReply)),
    requests: () => server.chats.map(({ body, closed }) => ({ model: typeof body["model"] === "string" ? body["model"] : undefined, body, closed })),
    dispose: () => server.close(),
  };
}

describeProvider("provider-openai", createPlace, { abilities: ["script", "tools", "images", "wire"] });
