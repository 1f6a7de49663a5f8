import { describe, expect, it } from "vitest";
import { openAIEmbedderOptions } from "../src/index.ts";

const { parse } = openAIEmbedderOptions;

describe("openAIEmbedderOptions", () => {
  it("fills in what is not said, and takes unset variables for absent", () => {
    const filled = { model: "text-embedding-3-small", dimensions: 1536, shorten: false, languages: [], headers: {}, batchSize: 64, textCharacters: 8_000, timeoutMs: 60_000, maxRetries: 2 };
    expect(parse(undefined)).toEqual(filled);
    expect(parse({ baseUrl: "", apiKey: "", model: "" })).toEqual(filled);
  });

  it.each([
    [{ model: "text-embedding-3-large" }, { dimensions: 3072, shorten: false }],
    [{ model: "text-embedding-3-large", dimensions: 256 }, { dimensions: 256, shorten: true }],
    [{ model: "openai/text-embedding-3-small", dimensions: 512 }, { dimensions: 512, shorten: true }],
    [{ model: "nomic-embed-text:latest" }, { dimensions: 768, shorten: false }],
    [{ model: "BAAI/bge-m3" }, { dimensions: 1024, shorten: false }],
    [{ model: "my-own", dimensions: 100 }, { dimensions: 100, shorten: false }],
    [{ model: "my-own", dimensions: 100, shorten: true }, { dimensions: 100, shorten: true }],
  ])("knows of %j that it is %j", (given, known) => {
    expect(parse(given)).toMatchObject(known);
  });

  it("wants the dimensions of a model it does not know", () => {
    expect(() => parse({ model: "constructor" })).toThrow(/embedder\.with: dimensions is missing.*"constructor"/);
  });

  it.each([null, [], "x", { baseUrl: "ftp://x" }, { baseUrl: "http://a:b@x" }, { apiKey: 1 }, { apiKey: "a\nb" }, { dimensions: 0 }, { dimensions: 1.5 }, { shorten: "yes" }, { languages: "en" }, { languages: ["English language"] }, { languages: [1] }, { headers: { "a b": "c" } }, { batchSize: 0 }, { batchSize: 3_000 }, { textCharacters: 1 }, { timeoutMs: 0 }, { maxRetries: 11 }])("refuses %j", (wrong) => {
    expect(() => parse(wrong)).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });
});
