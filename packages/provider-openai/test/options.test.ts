import { describe, expect, it } from "vitest";
import { openAIProviderOptions } from "../src/index.ts";

describe("openAIProviderOptions", () => {
  it("fills in deadlines and retries, and nothing else", () => {
    const filled = { timeouts: { connectMs: 10_000, firstByteMs: 120_000, idleMs: 60_000 }, maxRetries: 2 };
    expect(openAIProviderOptions.parse({})).toEqual(filled);
    expect(openAIProviderOptions.parse(undefined)).toEqual(filled);
  });

  it("counts an empty address, key or model as absent", () => {
    expect(openAIProviderOptions.parse({ baseUrl: "", apiKey: "", model: "", reasoningEffort: "" })).toEqual(openAIProviderOptions.parse({}));
  });

  it("keeps what is given, and drops the slash at the end of an address", () => {
    const given = { apiKey: "key", model: "m", headers: { "X-Team": "a" }, organization: "o", timeouts: { idleMs: 5 }, maxRetries: 0, contextTokens: 8192, maxOutputTokens: 100, reasoningEffort: "high" };
    expect(openAIProviderOptions.parse({ ...given, baseUrl: "http://127.0.0.1:11434/v1//" })).toEqual({
      ...given,
      baseUrl: "http://127.0.0.1:11434/v1",
      timeouts: { connectMs: 10_000, firstByteMs: 120_000, idleMs: 5 },
    });
  });

  it.each([
    [{ baseUrl: "localhost:11434" }, "http://"],
    [{ baseUrl: "ftp://x" }, "http://"],
    [{ baseUrl: "http://user:secret@x/v1" }, "apiKey"],
    [{ apiKey: 5 }, "apiKey"],
    [{ apiKey: "a\nb" }, "control character"],
    [{ headers: { "bad name": "x" } }, "bad name"],
    [{ headers: { ok: "a\r\nb" } }, "headers.ok"],
    [{ headers: [] }, "headers"],
    [{ timeouts: { idleMs: 0 } }, "timeouts.idleMs"],
    [{ timeouts: 5 }, "timeouts"],
    [{ maxRetries: 1.5 }, "maxRetries"],
    [{ contextTokens: -1 }, "contextTokens"],
    [{ reasoningEffort: "very" }, "reasoningEffort"],
    ["text", "object"],
  ])("refuses %j and says what is wrong", (value, words) => {
    expect(() => openAIProviderOptions.parse(value)).toThrowError(expect.objectContaining({ code: "config.invalid", message: expect.stringContaining(words) }));
  });

  it("never repeats a password in its message", () => {
    expect(() => openAIProviderOptions.parse({ baseUrl: "http://user:hunter22@x/v1" })).toThrowError(expect.not.objectContaining({ message: expect.stringContaining("hunter22") }));
  });
});
