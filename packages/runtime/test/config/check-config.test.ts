import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ConfigProblem } from "../../src/config/check-config.ts";
import { checkConfig, findChannelFaults } from "../../src/config/check-config.ts";
import { configSchema } from "../../src/config/config-schema.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { createFakeModule } from "../registry/fake-module.ts";
import { createRegistry } from "../../src/registry/create-registry.ts";
import { createSchemaValidator } from "../../src/schema-validator.ts";
import { toConfigSchema } from "../../src/config/to-config-schema.ts";
import { useTemporaryFolders } from "../host/temporary-folder.ts";

const temporary = useTemporaryFolders();

const optionSchema = { type: "object", additionalProperties: false, properties: { size: { type: "integer", minimum: 1 } } };
const registry = createRegistry({
  provider: { plain: async () => ({ omni: createFakeModule("provider", "plain", optionSchema) }) },
  memory: { map: async () => ({ omni: createFakeModule("memory", "map", optionSchema) }) },
  window: { ring: async () => ({ omni: createFakeModule("window", "ring", { ...optionSchema, $schema: "x", properties: { size: { $ref: "#/$defs/size" } }, $defs: { size: { type: "integer" } } }) }) },
  policy: { workspace: async () => ({ omni: createFakeModule("policy", "workspace") }) },
  store: { rows: async () => ({ omni: createFakeModule("store", "rows") }) },
  channel: { talk: async () => ({ omni: createFakeModule("channel", "talk", optionSchema) }) },
  tool: { files: async () => ({ omni: createFakeModule("tool", "files", optionSchema) }) },
});
const defaults = { provider: { use: "plain" }, memory: { use: "map" }, window: { use: "ring" }, policy: { use: "workspace" }, store: { use: "rows" }, tools: { files: {} } };

async function check(text: string | undefined, env: Readonly<Record<string, string>> = {}): Promise<readonly ConfigProblem[]> {
  const userHome = await temporary();
  await mkdir(join(userHome, ".omni"));
  if (text !== undefined) await writeFile(join(userHome, ".omni", "omni.json"), text);
  return checkConfig({ env, cwd: userHome, userHome, defaults }, registry);
}

describe("checking a configuration", () => {
  it("finds nothing where nothing is wrong", async () => {
    expect(await check(undefined)).toEqual([]);
    expect(await check('{ "memory": { "use": "map", "with": { "size": 3 } } } // fine')).toEqual([]);
  });

  it("tells every fault of syntax", async () => {
    const problems = await check('{ "a" 1, }\n]');
    expect(problems[0]).toEqual({ severity: "error", line: 1, column: 7, message: 'expected a colon, found "1"' });
    expect(problems.length).toBeGreaterThan(1);
  });

  it("takes unknown keys for errors, also inside of with", async () => {
    expect(await check('{\n "agnet": {},\n "memory": { "use": "map", "with": { "sise": 3 } }\n}')).toEqual([
      { severity: "error", path: "agnet", line: 2, column: 2, message: 'unknown key; did you mean "agent"?' },
      { severity: "error", path: "memory.with.sise", line: 3, column: 38, message: 'unknown key; did you mean "size"?' },
    ]);
  });

  it("tells wrong values and missing variables together", async () => {
    expect(await check('{\n "agent": { "maxRounds": 0 },\n "channels": { "x": { "use": "${X}" } }\n}')).toEqual([
      { severity: "error", path: "agent.maxRounds", line: 2, column: 26, message: "expected a whole number of at least 1, found the number 0" },
      { severity: "error", path: "channels.x.use", line: 3, column: 30, message: "the environment variable X is not set" },
    ]);
  });

  it("judges each with by the implementation it is for, and names what is not found", async () => {
    expect(await check('{ "memory": { "use": "map", "with": { "size": 0 } },\n "store": { "use": "row" }, "tools": { "files": { "with": { "refuse": 1 } } } }')).toEqual([
      { severity: "error", path: "store.use", line: 2, column: 13, message: expect.stringContaining('Did you mean "rows"?') as string },
      { severity: "error", path: "memory.with.size", line: 1, column: 39, message: "expected a whole number of at least 1, found the number 0" },
      { severity: "error", path: "tools.files.with.refuse", line: 2, column: 61, message: "unknown key; known here: size" },
    ]);
  });

  it("judges the environment as well, under the variable's name", async () => {
    expect(await check(undefined, { OMNI_AGENT_MAXROUNDS: "x", OMNI_NONE: "1" })).toEqual([
      { severity: "warning", message: "environment variable OMNI_NONE names no setting" },
      { severity: "error", path: "agent.maxRounds", message: 'OMNI_AGENT_MAXROUNDS: expected a whole number of at least 1, found the string "x"' },
    ]);
  });
});

describe("the schema for editors", () => {
  it("knows the options of what is shipped, by use and by key", async () => {
    const schema = await toConfigSchema(registry);
    const validate = createSchemaValidator();
    const fits = (value: object): boolean => validate(schema, { ...value }) === undefined;
    expect(fits({ memory: { use: "map", with: { size: 1 } }, tools: { files: { with: { size: 1 } }, mine: { use: "./mine.ts", with: { any: 1 } } } })).toBe(true);
    expect(fits({ memory: false, window: { use: "ring", with: { size: 1 } }, providers: { work: { use: "plain", with: { size: 2 } } } })).toBe(true);
    for (const wrong of [
      { memory: { use: "map", with: { size: 0 } } },
      { memory: { use: "map", with: { other: 1 } } },
      { window: { use: "ring", with: { size: "x" } } },
      { tools: { files: { with: { size: 0 } } } },
      { tools: { other: { use: "files", with: { size: 0 } } } },
      { providers: { work: { use: "plain", with: { size: 0 } } } },
      { unknown: 1 },
    ]) {
      expect(fits(wrong), JSON.stringify(wrong)).toBe(false);
    }
  });

  it("keeps everything the plain schema says", async () => {
    const schema = await toConfigSchema(registry);
    expect(Object.keys(schema["properties"] as object).sort()).toEqual(Object.keys(configSchema["properties"] as object).sort());
  });
});

describe("the channels that a start leaves out", () => {
  it("are told one by one, each with all that is wrong with it, and checking calls the same errors", async () => {
    const userHome = await temporary();
    await mkdir(join(userHome, ".omni"));
    const channels = { good: { use: "talk" }, odd: { use: "talk", with: { size: 0, sise: 1 } }, gone: { use: "tlak" }, cli: { use: "talk" }, named: { use: "talk", with: { allow: ["@ada"] } } };
    await writeFile(join(userHome, ".omni", "omni.json"), JSON.stringify({ channels, memory: { use: "map", with: { size: 0 } } }));
    const request = { env: {}, cwd: userHome, userHome, defaults };
    const faults = await findChannelFaults(await loadConfig(request), registry);
    expect(faults.map((fault) => fault.replace(/: .*/s, ""))).toEqual(["channels.odd is left out", "channels.gone is left out", "channels.cli is left out", "channels.named is left out"]);
    expect(faults[0]).toMatch(/channels\.odd\.with\.size: .*; channels\.odd\.with\.sise: /);
    const errors = (await checkConfig(request, registry)).filter(({ severity, path }) => severity === "error" && path?.startsWith("channels."));
    expect([...new Set(errors.map(({ path }) => path?.split(".")[1]))]).toEqual(["odd", "gone", "cli", "named"]);
  });
});
