import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toChunk } from "../src/chunk.ts";

const delta = (value: unknown): unknown => ({ choices: [{ index: 0, delta: value }] });

describe("toChunk", () => {
  it("reads text, reasoning under either name, and a refusal", () => {
    expect(toChunk(delta({ content: "hi", reasoning_content: "why" }))).toMatchObject({ text: "hi", reasoning: "why" });
    expect(toChunk(delta({ reasoning: "why" }))).toMatchObject({ text: "", reasoning: "why" });
    expect(toChunk(delta({ reasoning: "same", reasoning_content: "same" })).reasoning).toBe("same");
    expect(toChunk(delta({ refusal: "I will not." })).text).toBe("I will not.");
  });

  it("reads content in parts", () => {
    const content = [{ type: "thinking", thinking: [{ type: "text", text: "why" }] }, { type: "text", text: "hi" }];
    expect(toChunk(delta({ content }))).toMatchObject({ text: "hi", reasoning: "why" });
  });

  it("reads calls of today and of the older form, with arguments that are no text", () => {
    const call = { index: 3, id: "a", function: { name: "one", arguments: { x: 1 } } };
    expect(toChunk(delta({ tool_calls: [call] })).calls).toEqual([{ index: 3, id: "a", name: "one", arguments: '{"x":1}' }]);
    expect(toChunk(delta({ function_call: { name: "one", arguments: "{}" } })).calls).toEqual([{ index: 0, id: "", name: "one", arguments: "{}" }]);
  });

  it("reads the first choice only", () => {
    expect(toChunk({ choices: [{ index: 1, delta: { content: "other" } }, { index: 0, delta: { content: "mine" } }] }).text).toBe("mine");
  });

  it("counts an empty finish as none, and the word null", () => {
    expect(toChunk({ choices: [{ delta: {}, finish_reason: "" }] }).finish).toBeUndefined();
    expect(toChunk({ choices: [{ delta: {}, finish_reason: "null" }] }).finish).toBeUndefined();
    expect(toChunk({ choices: [{ delta: {}, finish_reason: "stop" }] }).finish).toBe("stop");
  });

  it("takes anything at all", () => {
    const odd = fc.oneof(fc.anything(), fc.record({ choices: fc.array(fc.record({ delta: fc.record({ content: fc.anything(), tool_calls: fc.anything() }), finish_reason: fc.anything() })) }));
    fc.assert(
      fc.property(odd, (value) => {
        expect(typeof toChunk(value).text).toBe("string");
      }),
    );
  });
});
