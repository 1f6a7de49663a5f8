import { describe, expect, it } from "vitest";
import { omni, webToolOptions } from "../src/index.ts";

describe("webToolOptions", () => {
  it("fills in what is not given", () => {
    expect(webToolOptions.parse(undefined)).toMatchObject({ pageBytes: 2_097_152, results: 8, engines: [{ use: "duckduckgo" }] });
    expect(webToolOptions.parse({ results: 3 })).toMatchObject({ results: 3, timeoutMs: 30_000 });
  });

  it("reads engines by name or with their settings", () => {
    const engines = ["duckduckgo", { use: "searxng", baseUrl: " http://127.0.0.1:8888 " }, { use: "brave", apiKey: "k" }];
    expect(webToolOptions.parse({ engines }).engines).toEqual([{ use: "duckduckgo" }, { use: "searxng", baseUrl: "http://127.0.0.1:8888" }, { use: "brave", apiKey: "k" }]);
  });

  it.each([
    [[], "are no object"],
    [{ pageBytes: 0 }, "pageBytes"],
    [{ results: 21 }, "at most 20"],
    [{ timeoutMs: 1.5 }, "timeoutMs"],
    [{ userAgent: "a\nb" }, "userAgent"],
    [{ engines: [] }, "at least one of"],
    [{ engines: ["altavista"] }, '"altavista"'],
    [{ engines: [3] }, "it must be one of"],
    [{ engines: ["searxng"] }, "needs its address"],
    [{ engines: ["brave"] }, "needs a key"],
    [{ engines: [{ use: "searxng", baseUrl: "file:///x" }] }, "is no address"],
    [{ engines: [{ use: "brave", apiKey: "" }] }, "apiKey"],
  ])("refuses %j", (value, words) => {
    expect(() => webToolOptions.parse(value)).toThrow(expect.objectContaining({ code: "config.invalid", message: expect.stringContaining(words) }));
  });

  it("is exported as the module of its slot", () => {
    expect(omni).toMatchObject({ slot: "tool", name: "web", contract: 1, options: webToolOptions });
  });
});
