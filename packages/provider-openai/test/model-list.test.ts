import { describe, expect, it } from "vitest";
import { toKnownContext } from "../src/known-models.ts";
import { toModels } from "../src/model-list.ts";

describe("toModels", () => {
  it.each([
    [{ context_length: 10 }, 10],
    [{ max_model_len: 11 }, 11],
    [{ context_window: 12 }, 12],
    [{ max_context_length: 13, loaded_context_length: 4 }, 4],
    [{ meta: { n_ctx: 14, n_ctx_train: 999 } }, 14],
    [{ context_length: "10" }, undefined],
    [{ context_length: -1 }, undefined],
    [{}, undefined],
  ])("finds the context's size in %j", (fields, contextTokens) => {
    expect(toModels({ data: [{ id: "m", ...fields }] })).toEqual([{ id: "m", ...(contextTokens === undefined ? {} : { contextTokens }) }]);
  });

  it("takes a bare list, keeps its order, and skips what is no model", () => {
    expect(toModels([{ id: "b" }, null, { id: "" }, { name: "x" }, { id: "a" }])).toEqual([{ id: "b" }, { id: "a" }]);
    expect([toModels("x"), toModels(null), toModels({})]).toEqual([[], [], []]);
  });
});

describe("toKnownContext", () => {
  it.each([
    ["gpt-5", 400_000],
    ["gpt-5-mini", 400_000],
    ["gpt-5-mini-2025-08-07", 400_000],
    ["gpt-5-chat-latest", 128_000],
    ["gpt-4.1-nano", 1_047_576],
    ["gpt-4o-mini", 128_000],
    ["gpt-4", 8_192],
    ["o3-mini", 200_000],
    ["gpt-5.9-unknown", undefined],
    ["llama3.2", undefined],
  ])("knows %s", (id, tokens) => expect(toKnownContext(id)).toBe(tokens));
});
