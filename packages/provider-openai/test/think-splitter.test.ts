import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createThinkSplitter } from "../src/think-splitter.ts";

function split(deltas: readonly string[]): { readonly text: string; readonly reasoning: string } {
  const splitter = createThinkSplitter();
  const pieces = [...deltas.flatMap((delta) => splitter.push(delta)), ...splitter.flush()];
  const join = (kind: "text" | "reasoning"): string => pieces.map((piece) => (piece.kind === kind ? piece.text : "")).join("");
  return { text: join("text"), reasoning: join("reasoning") };
}

describe("createThinkSplitter", () => {
  it.each([
    ["plain text", "plain text", ""],
    ["<think>why</think>answer", "answer", "why"],
    ["\n <think>why\n</think>\n\nanswer ", "answer ", "why\n"],
    ["<think></think>answer", "answer", ""],
    ["<think>never closed", "", "never closed"],
    ["<think>a <b </thin </think>c", "c", "a <b </thin "],
    ["text with <think>inside</think>", "text with <think>inside</think>", ""],
    ["<think>a</think>b<think>c</think>", "b<think>c</think>", "a"],
    ["<thinking>no tag", "<thinking>no tag", ""],
    ["<thi", "<thi", ""],
    ["  ", "  ", ""],
    ["<think>only</think>  ", "", "only"],
    ["", "", ""],
  ])("splits %j", (whole, text, reasoning) => {
    expect(split([whole])).toEqual({ text, reasoning });
    expect(split([...whole])).toEqual({ text, reasoning });
  });

  it("lets text go as soon as it can be no tag", () => {
    const splitter = createThinkSplitter();
    expect(splitter.push("<th")).toEqual([]);
    expect(splitter.push("e")).toEqual([{ kind: "text", text: "<the" }]);
    expect(splitter.push(" end")).toEqual([{ kind: "text", text: " end" }]);
  });

  it("gives the same however the text is cut", () => {
    const part = fc.constantFrom("<think>", "</think>", "<", "</", "think", ">", " ", "\n", "a", "🙂", "</think", "<thi");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(6), { maxLength: 40 }), (parts, sizes) => {
        const whole = parts.join("");
        const deltas: string[] = [];
        for (let at = 0, index = 0; at < whole.length; index++) {
          const size = sizes[index] ?? 1;
          deltas.push(whole.slice(at, at + size));
          at += size;
        }
        expect(split(deltas)).toEqual(split([whole]));
      }),
    );
  });
});
