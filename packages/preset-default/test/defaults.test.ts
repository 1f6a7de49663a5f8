import { describe, expect, it } from "vitest";
import { defaults } from "../src/defaults.ts";

describe("defaults", () => {
  it("choose no model when the environment names none", () => {
    expect(defaults({})).toEqual({
      provider: { use: "offline" },
      memory: { use: "sqlite" },
      embedder: false,
      window: { use: "ring" },
      policy: { use: "workspace" },
      store: { use: "sqlite" },
      tools: { files: {}, shell: {}, web: {}, memory: {} },
    });
  });

  it("take a key from the environment", () => {
    expect(defaults({ OPENAI_API_KEY: "sk-1" })["provider"]).toEqual({ use: "openai", with: { apiKey: "sk-1", baseUrl: undefined } });
  });

  it("take a base URL without a key", () => {
    expect(defaults({ OPENAI_BASE_URL: "http://127.0.0.1:1/v1" })["provider"]).toEqual({ use: "openai", with: { baseUrl: "http://127.0.0.1:1/v1" } });
  });

  it("take an empty variable for none", () => {
    expect(defaults({ OPENAI_API_KEY: "", OPENAI_BASE_URL: "" })["provider"]).toEqual({ use: "offline" });
  });

  it("state both keys of the provider, so that a file replaces both", () => {
    const provider = defaults({ OPENAI_API_KEY: "sk-1" })["provider"];
    expect(Object.keys((provider as { with: object }).with).sort()).toEqual(["apiKey", "baseUrl"]);
  });
});
