import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { ProviderPlace } from "./provider-place.ts";
import { providerCase } from "./provider-case.ts";
import { readWhole, toCalls, toDeltas, toRequest, toTools } from "./provider-reading.ts";

/** Names that most wires do not take as they are, or that a careless table mixes up. */
const oddNames = ["files.read", "files__read", "näme with spaces", "näme_with_spaces", `long.${"x".repeat(120)}.a`, `long.${"x".repeat(120)}.b`, "mcp-server.tool/v2", "a.b.c-d_e"];

/** What a provider does with the calls of a reply. */
export const callCases: readonly ContractCase<ProviderPlace>[] = [
  providerCase("P9", "a call comes once, whole, after the text, under the tool's full name", "tools", async (provider, place) => {
    const text = JSON.stringify({ path: "a long path that comes in pieces/ünïcödé 🙂.txt" });
    place.script([{ text: ["I look."], toolCalls: [{ tool: 1, arguments: text }] }]);
    const events = await readWhole(provider, toRequest("look", { tools: toTools("files.list", "files.read") }));
    expect(toCalls(events)).toMatchObject([{ name: "files.read", arguments: text }]);
    expect(toDeltas(events, "text-delta").join("")).toBe("I look.");
    expect(events.map((event) => event.type).slice(-2)).toEqual(["tool-call", "finish"]);
    expect(events.at(-1)).toMatchObject({ reason: "tool-calls" });
  }),
  providerCase("P10", "fifty calls of one reply keep their order and have ids of their own", "tools", async (provider, place) => {
    const calls = Array.from({ length: 50 }, (_, index) => ({ tool: index % 2, arguments: JSON.stringify({ index }) }));
    place.script([{ toolCalls: calls }]);
    const yielded = toCalls(await readWhole(provider, toRequest("all", { tools: toTools("a.one", "a.two") })));
    expect(yielded.map((call) => call.arguments)).toEqual(calls.map((call) => call.arguments));
    expect(yielded.map((call) => call.name)).toEqual(calls.map((call) => (call.tool === 0 ? "a.one" : "a.two")));
    expect(new Set(yielded.map((call) => call.id)).size).toBe(50);
  }),
  providerCase("P11", "calls under one id, or under none, get ids of their own", "tools", async (provider, place) => {
    place.script([
      {
        toolCalls: [
          { tool: 0, arguments: "{}", id: "same" },
          { tool: 0, arguments: '{"path":"b"}', id: "same" },
          { tool: 0, arguments: "{}", id: "" },
          { tool: 0, arguments: "{}", id: "" },
        ],
      },
    ]);
    const ids = toCalls(await readWhole(provider, toRequest("twice", { tools: toTools("a.one") }))).map((call) => call.id);
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
    expect(ids).not.toContain("");
  }),
  providerCase("P12", "arguments come as the model wrote them, be they JSON or not", "tools", async (provider, place) => {
    const texts = ['{"path": "unclosed', "not json", '{"n":1e400}', '[1]', '{"path":"\\u0000"}'];
    place.script([{ toolCalls: texts.map((text) => ({ tool: 0, arguments: text })) }]);
    const calls = toCalls(await readWhole(provider, toRequest("odd", { tools: toTools("a.one") })));
    expect(calls.map((call) => call.arguments)).toEqual(texts);
  }),
  providerCase("P13", "tool names of any characters and length come back as they were", "tools", async (provider, place) => {
    place.script([{ toolCalls: oddNames.map((_, tool) => ({ tool, arguments: "{}" })) }]);
    const calls = toCalls(await readWhole(provider, toRequest("names", { tools: toTools(...oddNames) })));
    expect(calls.map((call) => call.name)).toEqual(oddNames);
  }),
];
