import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { ProviderPlace } from "./provider-place.ts";
import { isOmniError } from "@omni/core";
import { providerCase } from "./provider-case.ts";
import { read, readWhole, toCalls, toDeltas, toError, toRequest, toTools } from "./provider-reading.ts";

/** What a reply is, and how it ends. */
export const replyCases: readonly ContractCase<ProviderPlace>[] = [
  providerCase("P1", "deltas come in order, together the whole text, and one finish comes last", "script", async (provider, place) => {
    place.script([{ text: ["One ", "two ", "thrée 🙂"] }]);
    const events = await readWhole(provider, toRequest("count"));
    expect(toDeltas(events, "text-delta").join("")).toBe("One two thrée 🙂");
    expect(events.at(-1)).toMatchObject({ type: "finish", reason: "stop" });
  }),
  providerCase("P2", "whatever is asked, a stream ends in one finish or throws an OmniError", undefined, async (provider, place) => {
    place.script([{ text: ["fine"] }]);
    const reading = await read(provider, toRequest("anything at all"));
    if (reading.error === undefined) expect(reading.events.map((event) => event.type).lastIndexOf("finish")).toBe(reading.events.length - 1);
    else expect(isOmniError(reading.error)).toBe(true);
    expect(reading.events.filter((event) => event.type === "finish")).toHaveLength(reading.error === undefined ? 1 : 0);
  }),
  providerCase("P3", "reasoning comes as reasoning and never inside the text", "script", async (provider, place) => {
    place.script([{ reasoning: ["let me ", "think"], text: ["the answer"] }]);
    const events = await readWhole(provider, toRequest("why"));
    expect(toDeltas(events, "reasoning-delta").join("")).toBe("let me think");
    expect(toDeltas(events, "text-delta").join("")).toBe("the answer");
  }),
  providerCase("P4", "a reply that its length limit or a filter cut says so and yields no call", "tools", async (provider, place) => {
    place.script([
      { text: ["half a"], toolCalls: [{ tool: 0, arguments: '{"path":"a' }], finish: "length" },
      { text: ["no"], finish: "content-filter" },
    ]);
    const long = await readWhole(provider, toRequest("long", { tools: toTools("files.read") }));
    expect(long.at(-1)).toMatchObject({ reason: "length" });
    expect(toCalls(long)).toEqual([]);
    expect((await readWhole(provider, toRequest("bad"))).at(-1)).toMatchObject({ reason: "content-filter" });
  }),
  providerCase("P5", "usage is what the endpoint says; where it says nothing or nonsense it is zero and not reported", "script", async (provider, place) => {
    place.script([{ text: ["a"], usage: { inputTokens: 120, outputTokens: 7 } }, { text: ["b"], usage: false }, { text: ["c"], usage: { inputTokens: -5, outputTokens: -1 } }]);
    expect((await readWhole(provider, toRequest("1"))).at(-1)).toMatchObject({ usage: { inputTokens: 120, outputTokens: 7, reported: true } });
    for (const question of ["2", "3"]) {
      expect((await readWhole(provider, toRequest(question))).at(-1)).toMatchObject({ usage: { inputTokens: 0, outputTokens: 0, reported: false } });
    }
  }),
  providerCase("P6", "two streams at a time do not mix", "script", async (provider, place) => {
    place.script([{ text: ["same ", "words"] }, { text: ["same ", "words"] }]);
    const [left, right] = await Promise.all([readWhole(provider, toRequest("left")), readWhole(provider, toRequest("right"))]);
    for (const events of [left, right]) expect(toDeltas(events, "text-delta").join("")).toBe("same words");
    expect(place.requests()).toHaveLength(2);
  }),
  providerCase("P7", "aborting ends the stream with turn.cancelled, closes the connection, and nothing more comes", "script", async (provider, place) => {
    place.script([{ text: ["a beginning"], stall: true }]);
    const controller = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of provider.stream(toRequest("stop me"), controller.signal)) {
        seen.push(event.type);
        controller.abort();
      }
    })();
    const error: unknown = await reading.then(() => undefined, (thrown: unknown) => thrown);
    expect(toError({ events: [], error }).code).toBe("turn.cancelled");
    expect(seen).toEqual(["text-delta"]);
    expect(await place.requests()[0]?.closed).toBe("broken");
  }),
  providerCase("P8", "an aborted signal asks nothing", undefined, async (provider, place) => {
    place.script([{ text: ["never"] }]);
    const reading = await read(provider, toRequest("too late"), AbortSignal.abort());
    expect(reading.events).toEqual([]);
    expect(toError(reading).code).toBe("turn.cancelled");
    expect(place.requests()).toEqual([]);
  }),
];
