import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "@omni/core";
import type { Config } from "../../src/config/config.ts";
import type { ConfigRequest } from "../../src/config/config-request.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { useTemporaryFolders } from "../host/temporary-folder.ts";

const temporary = useTemporaryFolders();

const defaults: JsonObject = { provider: { use: "plain" }, memory: { use: "map" }, window: { use: "ring" }, policy: { use: "workspace" }, store: { use: "rows" }, tools: { files: {} } };

interface Ground {
  readonly userHome: string;
  readonly home: string;
  readonly path: string;
  load(text?: string | JsonObject, request?: Partial<ConfigRequest>): Promise<Config>;
}

async function prepare(): Promise<Ground> {
  const userHome = await temporary();
  const home = join(userHome, ".omni");
  const path = join(home, "omni.json");
  await mkdir(home);
  return {
    userHome,
    home,
    path,
    async load(text, request = {}) {
      if (text !== undefined) await writeFile(path, typeof text === "string" ? text : JSON.stringify(text));
      return loadConfig({ env: {}, cwd: "/current", userHome, defaults, ...request });
    },
  };
}

describe("without a file", () => {
  it("the preset and the built-in values make it complete, and nothing is written", async () => {
    const { load, home, path } = await prepare();
    expect(await load()).toEqual({
      path,
      configDir: home,
      cwd: "/current",
      paths: { home, state: join(home, "state"), workspace: join(home, "workspace") },
      provider: { use: "plain", with: {} },
      memory: { use: "map", with: {} },
      window: { use: "ring", with: {} },
      policy: { use: "workspace", with: {} },
      store: { use: "rows", with: {} },
      tools: { files: { use: "files", with: {} } },
      hooks: [],
      channels: {},
      gateway: { host: "127.0.0.1", port: 7_777, maxBodyBytes: 1_048_576 },
      agent: { maxRounds: 30, repeatLimit: 3, turnTimeoutMs: 300_000, toolTimeoutMs: 120_000, contextTokens: "auto", memoryScope: "session", maxConcurrentTurns: 64, maxQueuedTurns: 1_000, queueMode: "queue" },
      warnings: [],
    });
    expect(await readdir(home)).toEqual([]);
  });

  it("an empty slot is refused in words", async () => {
    const { load } = await prepare();
    await expect(load(undefined, { defaults: {} })).rejects.toMatchObject({ code: "config.invalid", message: expect.stringContaining("provider: nothing is chosen") as string });
  });
});

describe("the home", () => {
  it("is the flag's, else the environment's, else the user's own", async () => {
    const { load, userHome } = await prepare();
    const homes = await Promise.all([
      load(undefined, { home: "flag", env: { OMNI_HOME: "/env" } }),
      load(undefined, { env: { OMNI_HOME: "/env" } }),
      load(undefined, { env: { OMNI_HOME: "~/other" } }),
      load(undefined, { env: { OMNI_HOME: "" } }),
    ]);
    expect(homes.map((config) => config.paths.home)).toEqual(["/current/flag", "/env", join(userHome, "other"), join(userHome, ".omni")]);
  });

  it("holds the workspace unless one is named, which starts where it is named", async () => {
    const { load, home, userHome } = await prepare();
    const workspaces = [
      await load(),
      await load({ workspace: "~/project" }),
      await load({ workspace: "here" }),
      await load({ workspace: "here" }, { env: { OMNI_WORKSPACE: "there" } }),
      await load({ workspace: "here" }, { env: { OMNI_WORKSPACE: "there" }, overrides: { workspace: "/flag" } }),
    ];
    expect(workspaces.map((config) => [config.workspace, config.paths.workspace])).toEqual([
      [undefined, join(home, "workspace")],
      [join(userHome, "project"), join(userHome, "project")],
      [join(home, "here"), join(home, "here")],
      ["/current/there", "/current/there"],
      ["/flag", "/flag"],
    ]);
  });
});

describe("precedence", () => {
  it("is flag, environment, file, preset, built-in", async () => {
    const { load } = await prepare();
    const file = { agent: { maxRounds: 5, repeatLimit: 5 }, provider: { use: "files-own", with: { model: "file", other: 1 } } };
    const config = await load(file, { env: { OMNI_AGENT_MAXROUNDS: "6", OMNI_PROVIDER_WITH_MODEL: "env" }, overrides: { agent: { maxRounds: 7 } } });
    expect(config.agent).toMatchObject({ maxRounds: 7, repeatLimit: 5, turnTimeoutMs: 300_000 });
    expect(config.provider).toEqual({ use: "files-own", with: { model: "env", other: 1 } });
    expect(config.store.use).toBe("rows");
  });

  it("never hands the options of one implementation to another", async () => {
    const { load } = await prepare();
    const file = { provider: { use: "one", with: { apiKey: "secret" } } };
    expect((await load(file, { env: { OMNI_PROVIDER_USE: "two" } })).provider).toEqual({ use: "two", with: {} });
    expect((await load(file, { overrides: { provider: { use: "one", with: { model: "m" } } } })).provider).toEqual({ use: "one", with: { apiKey: "secret", model: "m" } });
  });

  it("takes the preset's options of a slot together or not at all", async () => {
    const { load } = await prepare();
    const preset = { ...defaults, provider: { use: "one", with: { apiKey: "from-env", baseUrl: undefined } } };
    const providers = [
      await load({ provider: { use: "one", with: { model: "m" } } }, { defaults: preset }),
      await load({ provider: { use: "one", with: { baseUrl: "http://elsewhere" } } }, { defaults: preset }),
      await load({ provider: { use: "two" } }, { defaults: preset }),
    ].map((config) => JSON.parse(JSON.stringify(config.provider)) as unknown);
    expect(providers).toEqual([
      { use: "one", with: { apiKey: "from-env", model: "m" } },
      { use: "one", with: { baseUrl: "http://elsewhere" } },
      { use: "two", with: {} },
    ]);
  });

  it("lets false turn memory and a tool off", async () => {
    const { load } = await prepare();
    const config = await load({ memory: false, tools: { files: false, shell: {}, other: { use: "./mine.ts", with: { a: 1 } } } });
    expect(config.memory).toBe(false);
    expect(config.tools).toEqual({ files: false, shell: { use: "shell", with: {} }, other: { use: "./mine.ts", with: { a: 1 } } });
    expect((await load({}, { env: { OMNI_MEMORY: "false", OMNI_TOOLS_FILES: "false" } })).tools).toEqual({ files: false });
  });

  it("keeps hooks in their order", async () => {
    const { load } = await prepare();
    expect((await load({ hooks: [{ use: "a" }, { use: "b", with: { x: 1 } }] })).hooks).toEqual([{ use: "a", with: {} }, { use: "b", with: { x: 1 } }]);
  });
});

describe("a provider by name", () => {
  const providers = { work: { use: "one", with: { model: "m" } }, home: { use: "two" } };

  it("stands for the entry of that name, wherever it is chosen", async () => {
    const { load } = await prepare();
    expect((await load({ provider: "work", providers })).provider).toEqual({ use: "one", with: { model: "m" } });
    expect((await load({ provider: "work", providers }, { env: { OMNI_PROVIDER: "home" } })).provider).toEqual({ use: "two", with: {} });
    expect((await load({ provider: "work", providers }, { env: { OMNI_PROVIDER_WITH_MODEL: "n" } })).provider).toEqual({ use: "one", with: { model: "n" } });
  });

  it("that is not there is refused with the nearest", async () => {
    const { load } = await prepare();
    await expect(load({ provider: "wrok", providers })).rejects.toMatchObject({ code: "config.invalid", message: expect.stringContaining('did you mean "work"?') as string });
    await expect(load({ provider: "one" })).rejects.toMatchObject({ message: expect.stringContaining('{ "use": "one" }') as string });
  });
});

describe("faults of the file", () => {
  it("of syntax name file, line, column, what was expected and what was found", async () => {
    const { load, path } = await prepare();
    await expect(load('{\n  "agent": { "maxRounds": 3 }\n  "tools": {}\n}')).rejects.toMatchObject({ code: "config.invalid", message: `${path}:3:3: expected a comma, found "\\""` });
    await expect(load('{ "agent": ')).rejects.toThrow(`${path}:1:12: expected a value, found the end of the file`);
    await expect(load("[]")).rejects.toThrow("expected an object in braces");
    await expect(load("")).rejects.toMatchObject({ code: "config.invalid" });
  });

  it("of type name the place as well, all of them at once", async () => {
    const { load, path } = await prepare();
    await expect(load('{\n  // rounds\n  "agent": { "maxRounds": "many" },\n  "gateway": { "port": 70000 },\n  "memory": true\n}')).rejects.toMatchObject({
      code: "config.invalid",
      message: [
        `${path}:3:27: agent.maxRounds: expected a whole number of at least 1, found the string "many"`,
        `${path}:4:24: gateway.port: expected a whole number from 0 to 65535, found the number 70000`,
        `${path}:5:13: memory: expected false or an object like { "use": "name" }, found true`,
      ].join("\n"),
    });
  });

  it("never show a secret that is of the wrong type", async () => {
    const { load } = await prepare();
    const error: unknown = await load({ provider: { use: "x", with: "sk-secret" } }).catch((caught: unknown) => caught);
    expect(String(error)).toContain("expected an object, found a string");
    expect(String(error)).not.toContain("sk-secret");
  });

  it("a choice without use is refused", async () => {
    const { load, path } = await prepare();
    await expect(load('{ "provider": { "with": {} } }')).rejects.toThrow(`${path}:1:15: provider: "use" is missing`);
  });

  it("an unknown key is a warning with the nearest known one", async () => {
    const { load, path } = await prepare();
    const config = await load('{\n  "agent": { "maxRound": 3 },\n  "wndow": {}\n}');
    expect(config.warnings).toEqual([`${path}:2:14: agent.maxRound: unknown key; did you mean "maxRounds"?`, `${path}:3:3: wndow: unknown key; did you mean "window"?`]);
  });

  it("an unknown key beside a policy's options stops the start", async () => {
    const { load } = await prepare();
    await expect(load({ policy: { use: "workspace", autonomy: "readonly" } })).rejects.toMatchObject({ code: "config.invalid", message: expect.stringContaining("policy.autonomy: unknown key") as string });
    await expect(load({ sandbox: { use: "auto", network: false } })).rejects.toMatchObject({ code: "config.invalid" });
  });

  it("comments, trailing commas and a byte order mark are none", async () => {
    const { load } = await prepare();
    expect((await load('\uFEFF/* one */ {\n "agent": { "maxRounds": 4, }, // two\n}')).agent.maxRounds).toBe(4);
  });

  it("bytes that are no text, and a file that cannot be read, are refused in words", async () => {
    const { load, path } = await prepare();
    await writeFile(path, new Uint8Array([0x7b, 0xff, 0x7d]));
    await expect(load()).rejects.toThrow("is not UTF-8 text");
    const other = await prepare();
    await mkdir(other.path);
    await expect(other.load()).rejects.toThrow("cannot be read (EISDIR)");
  });

  it("a newer version is taken with a warning", async () => {
    const { load } = await prepare();
    expect((await load({ version: 9 })).warnings[0]).toContain("version 9 is newer than 1");
    await expect(load({ version: "1" })).rejects.toMatchObject({ code: "config.invalid" });
  });

  it("keys of prototypes are keys like others", async () => {
    const { load } = await prepare();
    const config = await load('{ "tools": { "__proto__": { "use": "x" }, "constructor": {} }, "toString": 1, "agent": { "__proto__": { "maxRounds": 1 } } }');
    expect(Object.keys(config.tools).sort()).toEqual(["__proto__", "constructor", "files"]);
    expect(config.agent.maxRounds).toBe(30);
    expect(config.warnings).toHaveLength(2);
  });
});

describe("variables", () => {
  it("are put into strings, and escaped ones are not", async () => {
    const { load } = await prepare();
    const config = await load({ provider: { use: "x", with: { key: "${KEY}", text: "a ${A}-${B} $${KEY} $KEY", list: ["${A}"] } } }, { env: { KEY: "k${A}", A: "1", B: "" } });
    expect(config.provider.with).toEqual({ key: "k${A}", text: "a 1- ${KEY} $KEY", list: ["1"] });
  });

  it("that are missing are named all at once, each with its place", async () => {
    const { load, path } = await prepare();
    await expect(load({ provider: { use: "x", with: { key: "${KEY}" } }, tools: { web: { with: { list: ["${OTHER}", "${KEY}"] } } } })).rejects.toMatchObject({
      code: "config.missing-variable",
      message: `Environment variables are not set: KEY, OTHER. Set them, or change:\n${path}: provider.with.key: \${KEY}\n${path}: tools.web.with.list[0]: \${OTHER}\n${path}: tools.web.with.list[1]: \${KEY}`,
    });
  });

  it("are not needed where something stronger stands", async () => {
    const { load } = await prepare();
    const file = { provider: { use: "x", with: { key: "${KEY}" } } };
    expect((await load(file, { env: { OMNI_PROVIDER_WITH_KEY: "env" } })).provider.with).toEqual({ key: "env" });
    expect((await load(file, { overrides: { provider: { use: "y" } } })).provider).toEqual({ use: "y", with: {} });
  });

  it("of a provider that is not chosen are not needed, of the chosen one they are", async () => {
    const { load } = await prepare();
    const file = { provider: "work", providers: { work: { use: "x", with: { key: "${WORK}" } }, home: { use: "x", with: { key: "${HOME_KEY}" } } } };
    await expect(load(file)).rejects.toMatchObject({ code: "config.missing-variable", message: expect.not.stringContaining("HOME_KEY") as string });
    expect((await load(file, { env: { WORK: "w" } })).provider.with).toEqual({ key: "w" });
    expect((await load(file, { env: { HOME_KEY: "h", OMNI_PROVIDER: "home" } })).provider.with).toEqual({ key: "h" });
  });

  it("are not looked for in flags, in the environment and in the preset", async () => {
    const { load } = await prepare();
    const config = await load({}, { env: { OMNI_PROVIDER_WITH_KEY: "${A}" }, overrides: { store: { use: "${B}" } }, defaults: { ...defaults, memory: { use: "${C}" } } });
    expect([config.provider.with["key"], config.store.use, config.memory]).toEqual(["${A}", "${B}", { use: "${C}", with: {} }]);
  });
});

describe("sections of their own", () => {
  it("a broken channel is left out, loudly, and nothing else", async () => {
    const { load } = await prepare();
    const config = await load({ channels: { good: { use: "g" }, off: false, bad: 5, needy: { use: "n", with: { token: "${TOKEN}" } } } });
    expect(config.channels).toEqual({ good: { use: "g", with: {} } });
    expect(config.warnings.join("\n")).toMatch(/channels\.bad: expected .*; the channel "bad" is left out/);
    expect(config.warnings.join("\n")).toMatch(/TOKEN is not set; the channel "needy" is left out/);
  });

  it("what is reserved is read and said to have no effect yet", async () => {
    const { load } = await prepare();
    const config = await load({ agents: { other: { memory: false } }, $schema: "./omni.schema.json" });
    expect(config.warnings.map((warning) => warning.replace(/^.*\d: /, ""))).toEqual(["agents: has no effect yet"]);
  });
});

describe("the environment", () => {
  it("that is wrong is refused under the variable's name", async () => {
    const { load } = await prepare();
    await expect(load(undefined, { env: { OMNI_AGENT_MAX_ROUNDS: "many" } })).rejects.toMatchObject({ code: "config.invalid", message: 'environment variable OMNI_AGENT_MAX_ROUNDS: agent.maxRounds: expected a whole number of at least 1, found the string "many"' });
  });

  it("with an unknown variable is a warning with the nearest", async () => {
    const { load } = await prepare();
    const config = await load(undefined, { env: { OMNI_AGENT_MAX_ROUND: "3", OMNI_XYZ: "1", OMNI_KNOWN_ELSEWHERE: "1", OMNI_HOME: "/env" }, otherVariables: ["OMNI_KNOWN_ELSEWHERE"] });
    expect(config.warnings).toEqual(["environment variable OMNI_AGENT_MAX_ROUND names no setting; did you mean OMNI_AGENT_MAX_ROUNDS?", "environment variable OMNI_XYZ names no setting"]);
  });
});
