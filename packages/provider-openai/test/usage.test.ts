import { describe, expect, it } from "vitest";
import { toUsage } from "../src/usage.ts";

describe("toUsage", () => {
  it("reads counts, and the cached part where it is told", () => {
    expect(toUsage({ prompt_tokens: 10, completion_tokens: 2 })).toEqual({ inputTokens: 10, outputTokens: 2, reported: true });
    expect(toUsage({ prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } })).toMatchObject({ cachedInputTokens: 4 });
    expect(toUsage({ prompt_tokens: 10, completion_tokens: 2, prompt_cache_hit_tokens: 40 })).toMatchObject({ cachedInputTokens: 10 });
  });

  it.each([undefined, null, "12", [], {}, { prompt_tokens: 1 }, { prompt_tokens: -1, completion_tokens: 2 }, { prompt_tokens: Number.NaN, completion_tokens: 2 }, { prompt_tokens: "3", completion_tokens: 2 }, { prompt_tokens: 1, completion_tokens: Infinity }])(
    "does not believe %j",
    (value) => expect(toUsage(value)).toBeUndefined(),
  );
});
