import { describe, expect, it } from "vitest";
import type { Amendment } from "../src/amendments.ts";
import { openAIProviderOptions } from "../src/index.ts";
import { createAmendmentMemory } from "../src/amendment-memory.ts";
import { findAmendment } from "../src/amendments.ts";
import { toChatRequest } from "../src/chat-body.ts";
import { toRequest } from "./endpoint-harness.ts";

const toBody = (model: string): ReturnType<typeof toChatRequest>["body"] => toChatRequest(toRequest("hi", { maxOutputTokens: 5 }), model, openAIProviderOptions.parse({ baseUrl: "http://127.0.0.1:1/v1" })).body;

function find(refusal: string): readonly Amendment[] {
  const found = findAmendment(toBody("m"), refusal);
  return found === undefined ? [] : [found];
}

describe("createAmendmentMemory", () => {
  it("changes the requests of a model as was learnt, one thing after the other, and no other's", () => {
    const memory = createAmendmentMemory();
    memory.remember("m", find("stream_options"));
    memory.remember("m", find("max_completion_tokens"));
    memory.remember("m", []);
    const amended = memory.amend(toBody("m"));
    expect(amended).toMatchObject({ max_completion_tokens: 5 });
    expect(amended).not.toHaveProperty("max_tokens");
    expect(amended).not.toHaveProperty("stream_options");
    expect(memory.amend(toBody("n"))).toEqual(toBody("n"));
  });

  it("remembers a bounded number of models, those that learnt last", () => {
    const memory = createAmendmentMemory();
    for (let count = 0; count <= 256; count++) memory.remember(`m${count}`, find("stream_options"));
    expect(memory.amend(toBody("m0"))).toHaveProperty("stream_options");
    for (const model of ["m1", "m256"]) expect(memory.amend(toBody(model))).not.toHaveProperty("stream_options");
  });
});
