import { OmniError } from "@omni/core";
import type { ModelEvent, ModelRequest } from "@omni/core";
import { describe, expect, it } from "vitest";
import { callReply, createScriptedProvider, textReply } from "../src/fakes/index.ts";

const request: ModelRequest = { system: "", messages: [], tools: [] };
const signal = new AbortController().signal;

describe("createScriptedProvider", () => {
  it("answers in order, records what it was asked, and says when its script has ended", async () => {
    const provider = createScriptedProvider([textReply("one"), callReply([{ name: "a.b", arguments: { x: 1 } }], "two")]);
    const first: readonly ModelEvent[] = await Array.fromAsync(provider.stream(request, signal));
    expect(first[0]).toEqual({ type: "text-delta", text: "one" });
    const second: readonly ModelEvent[] = await Array.fromAsync(provider.stream(request, signal));
    expect(second).toMatchObject([{ text: "two" }, { call: { name: "a.b", arguments: '{"x":1}' } }, { reason: "tool-calls" }]);
    await expect(Array.fromAsync(provider.stream(request, signal))).rejects.toMatchObject({ code: "provider.refused", message: expect.stringContaining("number 2") });
    expect(provider.requests).toHaveLength(3);
  });

  it("answers by a function of the request", async () => {
    const provider = createScriptedProvider((asked, index) => textReply(`${asked.model} ${index}`));
    const [event] = await Array.fromAsync(provider.stream({ ...request, model: "m" }, signal));
    expect(event).toMatchObject({ text: "m 0" });
  });

  it("throws the scripted error after the deltas, and asks again only where it may", async () => {
    const error = new OmniError("provider.cut", "cut", { retryable: true });
    const provider = createScriptedProvider([{ error }, textReply("hi")], { maxRetries: 1 });
    expect(await Array.fromAsync(provider.stream(request, signal))).toHaveLength(2);
    provider.script([{ text: "a", error }, textReply("hi")]);
    await expect(Array.fromAsync(provider.stream(request, signal))).rejects.toBe(error);
  });
});
