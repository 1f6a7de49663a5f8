import { open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Gateway, Place } from "./omni-process.ts";
import { createPlace, omni, startGateway, startOmni, toJson } from "./omni-process.ts";

const sessions = ["s1", "s2", "s3", "s4", "s5"];

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

let place: Place;
let gateway: Gateway;
beforeEach(async () => {
  place = await createPlace({}, { OPENAI_BASE_URL: model.url });
  await place.configure({ agent: { memoryScope: "user" } });
  model.script((body) => ({ ...textReply("noted"), ...(JSON.stringify(body.raw["messages"]).includes("hold on") ? { barrier: "held" } : {}) }));
  gateway = await startGateway(place);
});
afterEach(async () => {
  if (gateway.child.exitCode === null && gateway.child.signalCode === null) await gateway.kill();
  await place.dispose();
});

interface Told {
  readonly turn_id: string;
  readonly session_id: string;
  readonly status: string;
}

/** Chats in every session, one message after the other in each, until it is told to stop; `answered` has every turn once its sender knows that it has ended. */
function chat(answered: Told[]): { stop(): Promise<void> } {
  let isOver = false;
  const talk = async (session: string): Promise<void> => {
    for (let number = 1; !isOver; number += 1) answered.push((await (await gateway.post("/message", { message: `message ${number} of ${session}`, session_id: session })).json()) as Told);
  };
  const all = Promise.all(sessions.map(talk));
  return {
    async stop() {
      isOver = true;
      await all;
    },
  };
}

async function statusOf(turn: Told, home: string): Promise<string | undefined> {
  const shown = toJson<{ readonly turns: readonly { readonly turnId: string; readonly status: string }[] }>(await omni(place, ["sessions", "show", turn.session_id, "--limit", "10000", "--json", "--home", home]));
  return shown.turns.find(({ turnId }) => turnId === turn.turn_id)?.status;
}

describe("omni state", () => {
  it("copies a home while its gateway works; restored elsewhere it has every turn that was answered before, and runs none a second time", async () => {
    const file = join(place.root, "omni.tar.gz");
    const fresh = join(place.root, "fresh");
    const held = (await (await gateway.post("/message?wait=false", { message: "hold on", session_id: "held" })).json()) as Told;
    await model.reached("held");
    await omni(place, ["memory", "import", "-"], { input: JSON.stringify({ id: "m1", kind: "fact", text: "the kettle is red", intent: "", experience: "", outcome: "", q: 0.5, uses: 0, successes: 0, failures: 0, at: 1, createdAt: 1, lastUsedAt: 1, source: { trusted: true }, scope: { scope: "user", owner: "owner" } }) });
    const answered: Told[] = [];
    const chatting = chat(answered);
    await expect.poll(() => answered.length, { timeout: 20_000 }).toBeGreaterThan(10);
    const before = [...answered];
    const made = await omni(place, ["state", "backup", file, "--json"]);
    const during = answered.length - before.length;
    await chatting.stop();
    expect(made).toMatchObject({ code: 0 });
    expect(toJson(made)).toMatchObject({ path: file, leftOut: [], members: [{ path: "omni.json" }, { path: "state/omni.db" }, { path: "state/memory.db" }] });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    // The gateway went on answering.
    expect(during).toBeGreaterThan(0);
    expect(answered.every(({ status }) => status === "completed")).toBe(true);

    const asked = model.chats.length;
    const restored = await omni(place, ["state", "restore", file, "--home", fresh, "--json"]);
    expect(restored).toMatchObject({ code: 0 });
    expect(toJson<{ readonly failedTurns: number }>(restored).failedTurns).toBeGreaterThan(0);
    expect(toJson(await omni(place, ["state", "check", "--home", fresh, "--json"]))).toMatchObject({ checks: [{ name: "store", status: "ok" }, { name: "memory", status: "ok" }] });
    for (const session of sessions) {
      const { turns } = toJson<{ readonly turns: readonly { readonly turnId: string; readonly status: string }[] }>(await omni(place, ["sessions", "show", `http:${session}`, "--limit", "10000", "--json", "--home", fresh]));
      const completed = new Set(turns.filter(({ status }) => status === "completed").map(({ turnId }) => turnId));
      for (const turn of before) if (turn.session_id === `http:${session}`) expect(completed).toContain(turn.turn_id);
      expect(turns.every(({ status }) => status === "completed" || status === "failed")).toBe(true);
    }
    expect(await statusOf({ ...held, session_id: "http:held" }, fresh)).toBe("failed");
    expect((await omni(place, ["memory", "search", "kettle", "--home", fresh])).stdout).toContain("the kettle is red");
    expect(await readFile(join(fresh, "omni.json"), "utf8")).toBe(await readFile(join(place.home, "omni.json"), "utf8"));
    expect(model.chats.length).toBe(asked);
  });

  it("restores nothing beside a running gateway, and after its end keeps what was there", async () => {
    const file = join(place.root, "omni.tar.gz");
    expect(await omni(place, ["state", "backup", file])).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("as secret as") });
    const later = (await (await gateway.post("/message", { message: "later", session_id: "s1" })).json()) as Told;
    expect(await omni(place, ["state", "restore", file])).toMatchObject({ code: 4, stderr: expect.stringContaining(`pid ${gateway.child.pid}`) });
    expect(await omni(place, ["state", "backup", file])).toMatchObject({ code: 2, stderr: expect.stringContaining("--force") });
    expect(await statusOf(later, place.home)).toBe("completed");
    await gateway.stop();
    const restored = toJson<{ readonly before: string }>(await omni(place, ["state", "restore", file, "--json"]));
    expect(toJson(await omni(place, ["sessions", "list", "--json"]))).toEqual({ sessions: [] });
    expect(await omni(place, ["state", "restore", restored.before, "--quiet"])).toMatchObject({ code: 0 });
    expect(await statusOf(later, place.home)).toBe("completed");
  });

  it("restores nothing either beside a gateway that takes no messages because its store is damaged, also by force", async () => {
    const file = join(place.root, "omni.tar.gz");
    const state = join(place.home, "state");
    expect(await omni(place, ["state", "backup", file])).toMatchObject({ code: 0 });
    const store = await open(join(state, "omni.db"), "r+");
    await store.write(Buffer.alloc(100, 7), 0, 100, 0);
    await store.close();
    await expect.poll(async () => ((await gateway.post("/message", { message: "notice it" }).catch(() => undefined)) && (await gateway.fetch("/readyz")).status), { timeout: 30_000 }).toBe(503);
    const before = await readdir(state);
    expect(await omni(place, ["state", "restore", file, "--force"])).toMatchObject({ code: 4, stderr: expect.stringContaining("home.held") });
    expect((await readdir(state)).filter((name) => before.includes(name))).toEqual(before);
    expect(toJson(await omni(place, ["status", "--json"]))).toMatchObject({ gateway: { running: true, ready: false, pid: gateway.child.pid } });
  });

  it("leaves no half file when a backup is killed, and no trace of it after the next", async () => {
    const file = join(place.root, "omni.tar.gz");
    const killed = startOmni(place, ["state", "backup", file]);
    await killed.until((_, stderr) => stderr.includes("copying the store"));
    killed.child.kill("SIGKILL");
    await killed.finished;
    await rm(file, { force: true });
    expect(await omni(place, ["state", "backup", file])).toMatchObject({ code: 0 });
    expect((await readdir(place.root)).filter((name) => name.includes("omni.tar.gz"))).toEqual(["omni.tar.gz"]);
  });
});
