import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Finished, Place } from "./omni-process.ts";
import { createPlace, omni, startGateway, startOmni, toJson } from "./omni-process.ts";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

async function inPlace(body: (place: Place) => Promise<void>, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const place = await createPlace({ "a.txt": "alpha\n" }, env);
  try {
    await body(place);
  } finally {
    await place.dispose();
  }
}

/** One line `omni: CODE: words` on stderr, nothing on stdout, no stack. */
function expectOneLine(finished: Finished, code: number, error: string, ...words: readonly string[]): void {
  expect(finished).toMatchObject({ code, stdout: "" });
  const lines = finished.stderr.trim().split("\n").filter((line) => line.startsWith("omni: "));
  expect(lines, finished.stderr).toHaveLength(1);
  expect(lines[0]).toContain(`omni: ${error}: `);
  for (const word of words) expect(lines[0]).toContain(word);
  expect(finished.stderr).not.toMatch(/\n\s+at /);
}

async function configText(place: Place, text: string): Promise<void> {
  await mkdir(place.home, { recursive: true });
  await writeFile(join(place.home, "omni.json"), text);
}

describe("a broken configuration", () => {
  it.each([
    ["broken JSON", '{\n  "version": 1,\n  "agent": { "maxRounds": }\n}', "config.invalid", ["omni.json:3:"]],
    ["a wrong type", '{\n  // comments are fine\n  "agent": { "maxRounds": "many" }\n}', "config.invalid", ["omni.json:3:", "agent.maxRounds", "many"]],
    ["missing variables", '{ "provider": { "use": "openai", "with": { "apiKey": "${NO_SUCH_KEY}", "model": "${NO_MODEL_EITHER}" } } }', "config.missing-variable", ["NO_SUCH_KEY", "NO_MODEL_EITHER"]],
    ["an unknown use", '{ "memory": { "use": "mapp" } }', "config.unknown-implementation", ["memory", "mapp", "map"]],
    ["a module that is not there", '{ "memory": { "use": "./no-such.ts" } }', "config.unknown-implementation", ["no-such.ts"]],
    ["an unknown word of a security setting", '{ "policy": { "use": "workspace", "with": { "autonomy": "yolo" } } }', "config.invalid", ["policy.with.autonomy", "yolo"]],
  ])("with %s is one line with place and mend, exit 2", (_name, text, code, words) =>
    inPlace(async (place) => {
      await configText(place, text);
      expectOneLine(await omni(place, ["run", "list the files"]), 2, code, ...words);
    }),
  );

  it("with a module that exports no omni is one line, exit 2", () =>
    inPlace(async (place) => {
      await configText(place, '{ "memory": { "use": "./mine.mjs" } }');
      await writeFile(join(place.home, "mine.mjs"), "export const nothing = 1;\n");
      expectOneLine(await omni(place, ["run", "list the files"]), 2, "config.bad-module", "mine.mjs", "memory");
    }));

  it("is an object on stdout with --json", () =>
    inPlace(async (place) => {
      await configText(place, "{");
      const finished = await omni(place, ["run", "--json", "hello"]);
      expect(finished.code).toBe(2);
      expect(toJson(finished)).toMatchObject({ error: { code: "config.invalid", message: expect.any(String) } });
    }));

  it("with an unknown key still starts, with a warning; validating refuses it", () =>
    inPlace(async (place) => {
      await configText(place, '{ "agnet": {} }');
      const finished = await omni(place, ["run", "list the files in this folder"]);
      expect(finished.code).toBe(0);
      expect(finished.stderr).toContain("agnet");
      expect(await omni(place, ["config", "validate"])).toMatchObject({ code: expect.toSatisfy((code: number) => code === 1 || code === 2) });
    }));
});

describe("a channel whose configuration is at fault", () => {
  it("is left out with a warning of the gateway and of the status, and nothing else is", () =>
    inPlace(async (place) => {
      await configText(place, '{ "channels": { "t": { "use": "webhook", "with": {} } } }');
      const warning = "channels.t is left out: ";
      const gateway = await startGateway(place);
      await gateway.until((_stdout, stderr) => stderr.includes(`omni: warning: ${warning}`));
      expect((await gateway.post("/message", { message: "list the files in this folder" })).status).toBe(200);
      expect((await gateway.stop()).stderr.match(/is left out/g)).toHaveLength(1);
      expect(toJson(await omni(place, ["status", "--json"]))).toMatchObject({ channels: ["t"], warnings: expect.arrayContaining([expect.stringContaining(warning)]) });
    }));
});

describe("omni config set", () => {
  it("makes the file with its schema beside it, and a wrong value changes nothing", () =>
    inPlace(async (place) => {
      expect((await omni(place, ["config", "set", "agent.maxRounds", "12"])).code).toBe(0);
      const file = join(place.home, "omni.json");
      const made = await readFile(file, "utf8");
      expect(JSON.parse(made)).toEqual({ $schema: "./omni.schema.json", agent: { maxRounds: 12 } });
      expect(JSON.parse(await readFile(join(place.home, "omni.schema.json"), "utf8"))).toMatchObject({ title: "omni.json", properties: { agent: { properties: { maxRounds: { type: "integer" } } } } });
      expectOneLine(await omni(place, ["config", "set", "agent.maxRounds", "none"]), 2, "config.invalid", "agent.maxRounds");
      expect(await readFile(file, "utf8")).toBe(made);
      expect(await omni(place, ["config", "validate"])).toMatchObject({ code: 0 });
    }));
});

describe("a place that is not fit", () => {
  it("without the workspace is one line", () =>
    inPlace(async (place) => {
      expectOneLine(await omni(place, ["run", "--workspace", join(place.root, "nowhere"), "list the files"]), 2, "workspace.not-found", "nowhere");
    }));

  it("with a home that cannot be made is one line", () =>
    inPlace(async (place) => {
      await writeFile(join(place.root, "file"), "");
      expectOneLine(await omni(place, ["run", "--home", join(place.root, "file", "home"), "list the files"]), 2, "home.unwritable", "file/home");
    }));

  it("with a damaged database is one line, and the file stays as it is", () =>
    inPlace(async (place) => {
      await omni(place, ["run", "list the files"]);
      const file = join(place.home, "state", "omni.db");
      await writeFile(file, "this is no database at all, whatever its name says".repeat(100));
      const finished = await omni(place, ["run", "list the files"]);
      expectOneLine(finished, 1, "store.corrupt");
    }));
});

describe("a model endpoint", () => {
  const failing = (reply: Parameters<FakeOpenAI["script"]>[0], code: string, word: string): Promise<void> =>
    inPlace(async (place) => {
      model.script(reply);
      const finished = await omni(place, ["run", "hello there"]);
      expectOneLine(finished, 1, code, word);
    }, { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: "sk-planted-secret", OMNI_PROVIDER_WITH_MAXRETRIES: "0" });

  it("that cannot be reached is one line", () =>
    inPlace(async (place) => {
      expectOneLine(await omni(place, ["run", "--model", "m", "hello there"]), 1, "provider.unreachable", "127.0.0.1:1");
    }, { OPENAI_BASE_URL: "http://127.0.0.1:1/v1", OMNI_PROVIDER_WITH_MAXRETRIES: "0" }));

  it("that refuses the key is one line without the key", () => failing([{ status: 401 }], "provider.unauthorised", "key"));
  it("that answers with a web page is one line", () => failing([{ html: true }], "provider.bad-response", "127.0.0.1"));
  it("whose stream is cut is one line, and its half call never runs", () =>
    failing([{ toolCalls: [{ name: "files.write", arguments: { path: "b.txt", content: "x" } }], cutAfterBytes: 200 }], "provider.cut", ""));
});

describe("a model that calls badly", () => {
  it("gets its faults as results and the turn goes on", () =>
    inPlace(async (place) => {
      model.script([callReply([{ name: "files.read", arguments: "{oops" }, { name: "no.such", arguments: {} }, { name: "files.read", arguments: { path: 7 } }]), textReply("I see.")]);
      const done = toJson(await omni(place, ["run", "--json", "try"]));
      expect(done).toMatchObject({ status: "completed", output: "I see.", toolCalls: [{ status: "failed" }, { status: "failed" }, { status: "failed" }] });
      const shown = JSON.stringify(model.chats.at(-1)?.body);
      expect(shown).toContain("tool.invalid-arguments");
      expect(shown).toContain("tool.unknown");
    }, { OPENAI_BASE_URL: model.url }));
});

describe("a message", () => {
  it("of 4 MB, or an empty one, is one line", () =>
    inPlace(async (place) => {
      expectOneLine(await omni(place, ["run", "-"], { input: "x".repeat(4 << 20) }), 2, "message.too-large");
      expectOneLine(await omni(place, ["run", "  "]), 2, "message.empty");
    }));

  it("with NUL or half a character, over HTTP, is 400 and takes nothing", () =>
    inPlace(async (place) => {
      const gateway = await startGateway(place);
      for (const message of ["a\u0000b", "a\ud800b", "", " "]) expect((await gateway.post("/message", { message })).status, JSON.stringify(message)).toBe(400);
      expect((await gateway.post("/message", { message: "x".repeat(4 << 20) })).status).toBe(413);
      expect((await gateway.fetch("/message", { method: "POST", headers: { "content-type": "application/json" }, body: "{" })).status).toBe(400);
      await gateway.stop();
      expect(toJson(await omni(place, ["sessions", "list", "--json"]))).toEqual({ sessions: [] });
    }));
});

describe("a signal", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("%s in the middle of a model call ends the turn as cancelled, exit 130", (signal) =>
    inPlace(async (place) => {
      const barrier = `until ${signal}`;
      model.script({ "*": [{ ...textReply("never"), barrier }] });
      const running = startOmni(place, ["run", "--session", "cli:s", "--json", "wait for it"]);
      await model.reached(barrier);
      running.child.kill(signal);
      const finished = await running.finished;
      expect(finished.code).toBe(130);
      expect(toJson(finished)).toMatchObject({ status: "cancelled", error: { code: "turn.cancelled" } });
      expect(toJson(await omni(place, ["sessions", "show", "cli:s", "--json"]))).toMatchObject({ turns: [{ status: "cancelled" }] });
    }, { OPENAI_BASE_URL: model.url }));

  it("SIGTERM to the gateway drains: the turn that runs is answered, and it ends with 0", () =>
    inPlace(async (place) => {
      model.script({ "*": [{ ...textReply("in time"), barrier: "drain" }] });
      const gateway = await startGateway(place);
      const answer = gateway.post("/message", { message: "finish me" });
      await model.reached("drain");
      gateway.child.kill("SIGTERM");
      model.release("drain");
      expect(await (await answer).json()).toMatchObject({ status: "completed", output: "in time" });
      expect((await gateway.finished).code).toBe(0);
    }, { OPENAI_BASE_URL: model.url }));

  it("closed stdout is no crash, and the turn is on the record", () =>
    inPlace(async (place) => {
      model.script({ "*": [{ ...textReply("x".repeat(200_000)), barrier: "closed" }] });
      const running = startOmni(place, ["run", "--session", "cli:closed", "much"]);
      await model.reached("closed");
      running.child.stdout?.destroy();
      model.release("closed");
      const finished = await running.finished;
      expect(finished.stderr).not.toMatch(/\n\s+at /);
      expect(toJson(await omni(place, ["sessions", "show", "cli:closed", "--json"]))).toMatchObject({ turns: [{ status: "completed" }] });
    }, { OPENAI_BASE_URL: model.url }));
});

describe("a second gateway of one home", () => {
  it("ends with 4 and names the pid of the first", () =>
    inPlace(async (place) => {
      const gateway = await startGateway(place);
      const second = await omni(place, ["gateway", "--port", "0"]);
      expectOneLine(second, 4, "home.held", String(gateway.child.pid));
      await gateway.stop();
    }));

  it("takes the home over at once after kill -9 of the first", () =>
    inPlace(async (place) => {
      const gateway = await startGateway(place);
      await gateway.kill();
      const next = await startGateway(place);
      expect((await next.fetch("/readyz")).status).toBe(200);
      await next.stop();
    }));
});
