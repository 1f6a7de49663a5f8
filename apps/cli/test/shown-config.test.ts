import { expect, test } from "vitest";
import type { Config } from "@omni/runtime";
import { getPlace, toShownConfig } from "../src/shown-config.ts";

const toConfig = (provider: Config["provider"]): Config => ({
  path: "/h/omni.json",
  configDir: "/h",
  cwd: "/w",
  paths: { home: "/h", state: "/h/state", workspace: "/h/workspace" },
  provider,
  memory: false,
  window: { use: "ring", with: {} },
  policy: { use: "workspace", with: { allow: ["notes.*"] } },
  store: { use: "sqlite", with: {} },
  tools: { files: { use: "files", with: {} } },
  hooks: [],
  gateway: { host: "127.0.0.1", port: 7777, maxBodyBytes: 1 },
  agent: { maxRounds: 5, repeatLimit: 3, turnTimeoutMs: 1, toolTimeoutMs: 1, contextTokens: "auto", memoryScope: "session", maxConcurrentTurns: 64, maxQueuedTurns: 1_000, queueMode: "queue" },
  warnings: [],
});

test("shows what is in force", () => {
  const shown = toShownConfig(toConfig({ use: "openai", with: { model: "m" } }), { agent: { maxRounds: 9 } }, {});
  expect([getPlace(shown, ["agent", "maxRounds"]), getPlace(shown, ["provider", "with", "model"]), getPlace(shown, ["policy", "with", "allow", 0])]).toEqual([5, "m", "notes.*"]);
  expect([getPlace(shown, ["nothing"]), getPlace(shown, ["constructor"]), getPlace(shown, ["agent", "maxRounds", "x"])]).toEqual([undefined, undefined, undefined]);
});

test("shows a value that came from a variable as its reference, wherever it stands", () => {
  const provider = { use: "openai", with: { apiKey: "sk-1", baseUrl: "http://u:pw@h" } };
  const raw = { provider: "mine", providers: { mine: { use: "openai", with: { apiKey: "${KEY}", baseUrl: "http://u:${PW}@h" } } } };
  const shown = toShownConfig(toConfig(provider), raw, { KEY: "sk-1", PW: "pw" });
  expect(getPlace(shown, ["provider", "with"])).toEqual({ apiKey: "${KEY}", baseUrl: "http://u:${PW}@h" });
});

test("never shows a secret that came by the environment or stands in the file", () => {
  const byEnvironment = toShownConfig(toConfig({ use: "openai", with: { apiKey: "sk-1", note: "sk-1" } }), {}, { OPENAI_API_KEY: "sk-1" });
  expect(JSON.stringify(byEnvironment)).not.toContain("sk-1");
  expect(getPlace(byEnvironment, ["provider", "with", "apiKey"])).toBe("${OPENAI_API_KEY}");
  const written = toShownConfig(toConfig({ use: "openai", with: { apiKey: "sk-2" } }), { provider: { use: "openai", with: { apiKey: "sk-2" } } }, {});
  expect(getPlace(written, ["provider", "with", "apiKey"])).toBe("[hidden]");
});
