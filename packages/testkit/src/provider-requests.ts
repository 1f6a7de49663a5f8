import { expect } from "vitest";
import type { Message } from "@omni/core";
import type { ContractCase } from "./contract.ts";
import type { ProviderPlace } from "./provider-place.ts";
import { providerCase } from "./provider-case.ts";
import { readWhole, toRequest, toTools } from "./provider-reading.ts";

const signal = new AbortController().signal;

/** A round trip of a call, between two messages of a person. */
const conversation: readonly Message[] = [
  { role: "user", content: [{ type: "text", text: "first-question" }] },
  { role: "assistant", text: "assistant-words", toolCalls: [{ id: "call-a", name: "files.read", arguments: '{"path":"argument-value"}' }] },
  { role: "tool", callId: "call-a", name: "files.read", content: [{ type: "text", text: "result-text" }], isError: false },
  { role: "user", content: [{ type: "text", text: "second-question" }] },
];

const picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
const otherPicture = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

/** What reaches the endpoint, and what a provider says of its models. */
export const requestCases: readonly ContractCase<ProviderPlace>[] = [
  providerCase("P20", "instructions, messages, calls, results and tools reach the model, in order", "script", async (provider, place) => {
    place.script([{ text: ["ok"] }]);
    await readWhole(provider, toRequest("", { system: "instruction-words", messages: conversation, tools: toTools("files.read") }));
    const body = JSON.stringify(place.requests()[0]?.body);
    const places = ["instruction-words", "first-question", "assistant-words", "argument-value", "result-text", "second-question"].map((word) => body.indexOf(word));
    expect(places.every((at) => at >= 0)).toBe(true);
    expect(places.slice(1)).toEqual(places.slice(1).toSorted((left, right) => left - right));
    expect(body).toContain("Does files.read.");
  }),
  providerCase("P21", "pictures of a person and of a tool's result reach the model", "images", async (provider, place) => {
    place.script([{ text: ["ok"] }]);
    const messages: readonly Message[] = [
      { role: "user", content: [{ type: "text", text: "what is this" }, { type: "image", data: picture, mimeType: "image/png" }] },
      { role: "assistant", text: "", toolCalls: [{ id: "call-a", name: "files.read", arguments: "{}" }] },
      { role: "tool", callId: "call-a", name: "files.read", content: [{ type: "image", data: otherPicture, mimeType: "image/gif" }], isError: false },
    ];
    await readWhole(provider, toRequest("", { messages, tools: toTools("files.read") }));
    const body = JSON.stringify(place.requests()[0]?.body);
    expect(body).toContain(picture);
    expect(body).toContain(otherPicture);
  }),
  providerCase("P22", "the same request is written the same way every time", "script", async (provider, place) => {
    place.script([{ text: ["ok"] }, { text: ["ok"] }]);
    const request = toRequest("", { messages: conversation, tools: toTools("files.read", "näme", "a.b") });
    await readWhole(provider, request);
    await readWhole(provider, request);
    const [first, second] = place.requests().map((each) => JSON.stringify(each.body));
    expect(second).toBe(first);
  }),
  providerCase("P23", "a request's model is asked, and the default one where it names none", "script", async (provider, place) => {
    place.script([{ text: ["ok"] }, { text: ["ok"] }]);
    const { id } = await provider.defaultModel(signal);
    await readWhole(provider, toRequest("one", { model: "named-model" }));
    await readWhole(provider, toRequest("two"));
    expect(place.requests().map((request) => request.model)).toEqual(["named-model", id]);
  }),
  providerCase("P24", "the default model has an id, and sizes are positive where they are known", undefined, async (provider) => {
    const models = [await provider.defaultModel(signal), ...(await provider.models(signal))];
    for (const model of models) {
      expect(model.id).not.toBe("");
      expect(model.contextTokens ?? 1).toBeGreaterThan(0);
    }
  }),
  providerCase("P25", "closing twice does no harm", undefined, async (provider) => {
    await provider.close();
    await provider.close();
  }),
];
