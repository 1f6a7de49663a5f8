import { afterEach, describe, expect, it } from "vitest";
import type { Effect, Principal, SecurityPolicy, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { callReply, createManualClock, createMapStorePlace, createRecordingLog, textReply } from "@omni/testkit/fakes";
import type { CommandUse } from "../src/commands/keyed-commands.ts";
import type { Runtime } from "../src/runtime.ts";
import type { RuntimeHarness, RuntimeHarnessOptions } from "./runtime-harness.ts";
import { createKeyedCommands } from "../src/commands/keyed-commands.ts";
import { createRuntimeHarness, owner } from "./runtime-harness.ts";

let harness: RuntimeHarness | undefined;
const make = async (options?: RuntimeHarnessOptions): Promise<RuntimeHarness> => (harness = await createRuntimeHarness(options));
afterEach(async () => {
  await harness?.dispose();
  harness = undefined;
});

const asking: SecurityPolicy = { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "sure?", rule: "test" }) };
const append = (text: string): ReturnType<typeof callReply> => callReply([{ name: "echo.append", arguments: { text } }]);

/** Says something under a key that is bound to the text. */
const keyedSayer = (made: RuntimeHarness, runtime: Runtime) => async (text: string, key: string, principal: Principal = owner): Promise<string> =>
  (await (await runtime.submit(made.message(text, { principal, idempotency: { key, bodyHash: text } }))).outcome).output;

/** Resolves once a call with this text waits for a person. */
async function asked(runtime: Runtime, text: string): Promise<void> {
  while (!runtime.asks().some(({ ask }) => ask.arguments["text"] === text)) await new Promise<void>((resolve) => void setImmediate(resolve));
}

describe("a command that is sent again under its key", () => {
  it("approves nothing that came later, and is answered as before, also after a restart", async () => {
    const made = await make({ policy: asking, script: [append("first"), append("second"), textReply("done")] });
    const before = await made.open();
    const { turnId } = await before.submit(made.message("append twice"));
    await asked(before, "first");
    expect(await keyedSayer(made, before)("/approve", "k")).toBe("Approved: echo.append.");
    await asked(before, "second");
    expect(await keyedSayer(made, before)("/approve", "k")).toBe("Approved: echo.append.");
    expect([before.asks().length, made.echo.appended]).toEqual([1, ["first"]]);
    await before.close();
    const after = await made.open();
    await after.recover();
    await asked(after, "second");
    expect(await keyedSayer(made, after)("/approve", "k")).toBe("Approved: echo.append.");
    expect([after.asks().length, made.echo.appended]).toEqual([1, ["first"]]);
    expect(await keyedSayer(made, after)("/approve", "another")).toBe("Approved: echo.append.");
    await after.follow(turnId)?.outcome;
    expect(made.echo.appended).toEqual(["first", "second"]);
  });

  it("stops nothing that came later", async () => {
    const made = await make({ script: [{ stall: true }, { stall: true }] });
    const runtime = await made.open();
    const say = keyedSayer(made, runtime);
    const run = async (text: string): Promise<string> => {
      const turn = await runtime.submit(made.message(text));
      for await (const { event } of turn.events()) if (event.type === "model-call") break;
      return turn.turnId;
    };
    await run("1");
    const answer = await say("/stop", "k");
    const later = await run("2");
    expect([await say("/stop", "k"), (await runtime.turn(later))?.status]).toEqual([answer, "running"]);
  });

  it("is one command with the first where both come at once", async () => {
    const made = await make();
    const say = keyedSayer(made, await made.open());
    const [one, other] = await Promise.all([say("/new", "k"), say("/new", "k")]);
    expect([one, await say("/new", "k")]).toEqual([other, other]);
    expect(one).toContain("/resume test:a");
  });

  it("is forgotten with its session, with all that was answered", async () => {
    const made = await make({ script: [textReply("hello")] });
    const runtime = await made.open();
    const say = keyedSayer(made, runtime);
    await say("hello", "a");
    await say("/status", "k");
    expect(await runtime.store.listDocuments("keyed-command")).toHaveLength(1);
    await runtime.deleteSession("test:a");
    expect(await runtime.store.listDocuments("keyed-command")).toEqual([]);
    expect(await say("/status", "k")).toContain("0 turns");
  });
});

describe("a key that came with another message", () => {
  const mismatch = { code: "request.mismatch" };

  it("runs neither a command nor a turn, whichever it was first used for, and is another principal's own", async () => {
    const made = await make({ script: [textReply("hello")] });
    const runtime = await made.open();
    const say = keyedSayer(made, runtime);
    await say("/status", "k");
    for (const text of ["/help", "/new", "hello"]) await expect(say(text, "k"), text).rejects.toMatchObject(mismatch);
    expect(await runtime.store.sessions({ limit: 10 })).toEqual([]);
    await say("hello", "t");
    for (const text of ["/status", "/new", "/stop", "hello again"]) await expect(say(text, "t"), text).rejects.toMatchObject(mismatch);
    expect(await say("/status", "s")).toContain("session test:a: 1 turns");
    expect(await say("/help", "k", { id: "token:other", scopes: ["chat"] })).toContain("/new");
  });

  it("is found out also where both come at once", async () => {
    const made = await make({ script: [textReply("hello"), textReply("hello")] });
    const say = keyedSayer(made, await made.open());
    for (const [key, texts] of [["a", ["/status", "hello"]], ["b", ["hello", "/status"]]] as const) {
      expect(await Promise.allSettled(texts.map((text) => say(text, key)))).toMatchObject([{ status: "fulfilled" }, { status: "rejected", reason: mismatch }]);
    }
  });
});

describe("createKeyedCommands", () => {
  const open = async (maps = createMapStorePlace(), clock = createManualClock(), wrap = (store: Store): Store => store) => {
    const log = createRecordingLog();
    const store = await maps.open(clock);
    const keyed = createKeyedCommands(wrap(store), clock, log);
    const ran: string[] = [];
    const use = (key: string, more: Partial<CommandUse> = {}, principal: Principal = owner): CommandUse => ({
      message: { sessionId: "test:a", text: "/x", principal, origin: "test", interactive: true, idempotency: { key, bodyHash: "body" } },
      turnId: `turn-${key}`,
      sessionId: "test:a",
      effect: "once",
      isUrgent: false,
      run: async () => `answer ${ran.push(key)}`,
      ...more,
    });
    return { maps, clock, log, store, keyed, ran, use };
  };

  /** Begins a command whose process is killed before it has answered. */
  async function killDuring(effect: Effect): Promise<Awaited<ReturnType<typeof open>>> {
    const { maps, keyed, use } = await open();
    const begun = Promise.withResolvers<void>();
    const run = (): Promise<string> => {
      begun.resolve();
      return new Promise(() => undefined);
    };
    void keyed.once(use("k", { effect, run }));
    await begun.promise;
    return open(maps);
  }

  it("does not run again what was cut off before it was answered, and says so", async () => {
    const { keyed, ran, use, store } = await killDuring("once");
    const lost = await keyed.once(use("k"));
    expect(lost).toMatchObject({ status: "failed", turnId: "turn-k", sessionId: "test:a", error: { code: "tool.unknown-fate" } });
    expect(lost.output).toContain("may or may not have had its effect");
    expect([await keyed.once(use("k")), ran]).toEqual([lost, []]);
    await expect(keyed.hand(use("k").message, () => Promise.resolve())).rejects.toMatchObject({ code: "request.mismatch" });
    expect(await store.unfinished()).toEqual([]);
  });

  it.each(["keyed", "read"] as const)("runs again what was cut off and may be repeated: %s", async (effect) => {
    const { keyed, ran, use } = await killDuring(effect);
    expect([await keyed.once(use("k", { effect })), await keyed.once(use("k", { effect })), ran]).toMatchObject([{ output: "answer 1" }, { output: "answer 1" }, ["k"]]);
  });

  it("tries again what was refused or failed", async () => {
    const { keyed, use } = await open();
    await expect(keyed.once(use("k", { run: () => Promise.reject(new OmniError("ask.forbidden", "no")) }))).rejects.toMatchObject({ code: "ask.forbidden" });
    expect(await keyed.once(use("k"))).toMatchObject({ status: "completed", output: "answer 1" });
  });

  it("remembers the newest 256 keys of each principal", async () => {
    const { keyed, clock, ran, use } = await open();
    const other: Principal = { id: "token:other", scopes: ["chat"] };
    await keyed.once(use("theirs", {}, other));
    for (let count = 0; count < 257; count += 1) {
      await clock.advance(1);
      await keyed.once(use(`k${count}`));
    }
    const again = async (key: string, principal?: Principal): Promise<boolean> => {
      const before = ran.length;
      await keyed.once(use(key, {}, principal));
      return ran.length === before;
    };
    expect([await again("theirs", other), await again("k256"), await again("k1"), await again("k0")]).toEqual([true, true, true, false]);
  });

  it("remembers the newest 256 also where the clock was set back by ten years, and forgets those that came before", async () => {
    const before = await open();
    for (let count = 0; count < 256; count += 1) await before.keyed.once(before.use(`k${count}`));
    const { keyed, ran, use } = await open(before.maps, createManualClock(before.clock.now() - 10 * 365 * 86_400_000));
    const late = Array.from({ length: 8 }, (_, index) => `late${index}`);
    for (const key of late) await keyed.once(use(key));
    for (const key of late) expect((await keyed.once(use(key))).output).toBe(`answer ${late.indexOf(key) + 1}`);
    for (const key of ["k8", "k255"]) await keyed.once(use(key));
    expect(ran).toEqual(late);
    await keyed.once(use("k7"));
    expect(ran).toEqual([...late, "k7"]);
  });

  it("remembers what is being worked on while the clock was set back and others come", async () => {
    const before = await open();
    for (let count = 0; count < 256; count += 1) await before.keyed.once(before.use(`k${count}`));
    const { keyed, ran, use } = await open(before.maps, createManualClock(before.clock.now() - 10 * 365 * 86_400_000));
    const begun = Promise.withResolvers<void>();
    void keyed.once(use("slow", { run: () => (begun.resolve(), new Promise(() => undefined)) }));
    await begun.promise;
    for (const key of ["a", "b"]) await keyed.once(use(key));
    const after = await open(before.maps);
    expect([(await after.keyed.once(after.use("slow"))).status, ran, after.ran]).toEqual(["failed", ["a", "b"], []]);
  });

  it("does nothing where the key cannot be noted, but for what is urgent", async () => {
    const full = (): Promise<never> => Promise.reject(new OmniError("store.full", "no room"));
    const { keyed, ran, use } = await open(createMapStorePlace(), createManualClock(), (store) => ({ ...store, accept: full, putDocument: full }));
    await expect(keyed.once(use("k"))).rejects.toMatchObject({ code: "store.full" });
    expect(ran).toEqual([]);
    expect(await keyed.once(use("k", { isUrgent: true }))).toMatchObject({ output: "answer 1" });
  });

  it("gives an answer that it cannot keep, and does not run the command again", async () => {
    let puts = 0;
    const wrap = (store: Store): Store => ({ ...store, putDocument: (...given) => ((puts += 1) === 2 ? Promise.reject(new OmniError("store.full", "no room")) : store.putDocument(...given)) });
    const { keyed, log, ran, use } = await open(createMapStorePlace(), createManualClock(), wrap);
    expect(await keyed.once(use("k"))).toMatchObject({ output: "answer 1" });
    expect(log.lines).toMatchObject([{ level: "warn" }]);
    expect([(await keyed.once(use("k"))).status, ran]).toEqual(["failed", ["k"]]);
  });
});
