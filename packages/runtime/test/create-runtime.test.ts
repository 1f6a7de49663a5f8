import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { DurableEvent, SecurityPolicy, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { RuntimeHarness, RuntimeHarnessOptions } from "./runtime-harness.ts";
import { createRuntimeHarness, owner, until } from "./runtime-harness.ts";

let harness: RuntimeHarness | undefined;
const make = async (options?: RuntimeHarnessOptions): Promise<RuntimeHarness> => (harness = await createRuntimeHarness(options));
afterEach(() => harness?.dispose());

const texts = (request: RuntimeHarness["provider"]["requests"][number] | undefined): string => JSON.stringify(request?.messages);
const gate = (): { readonly opened: Promise<void>; open(): void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
};

describe("submit", () => {
  it("brings a message to its answer through a tool, and the next turn of the session sees it", async () => {
    const made = await make({ script: [callReply([{ name: "echo.say", arguments: { text: "from the tool" } }]), textReply("it said so"), textReply("yes")] });
    const runtime = await made.open();
    const first = await runtime.submit(made.message("say it"));
    expect(await first.outcome).toMatchObject({ status: "completed", output: "it said so", toolCalls: [{ name: "echo.say", status: "completed" }] });
    await (await runtime.submit(made.message("did it?"))).outcome;
    expect(texts(made.provider.requests[2])).toContain("from the tool");
    expect(texts(made.provider.requests[2])).toContain("it said so");
    await (await runtime.submit(made.message("elsewhere", { sessionId: "test:b" }))).outcome;
    expect(texts(made.provider.requests[3])).not.toContain("it said so");
  });

  it("lets a second runtime on the same store go on with the session", async () => {
    const made = await make({ script: [textReply("noted"), textReply("Ada")] });
    const first = await made.open();
    await (await first.submit(made.message("I am Ada"))).outcome;
    await first.close();
    await (await (await made.open()).submit(made.message("who am I?"))).outcome;
    expect(texts(made.provider.requests[1])).toContain("I am Ada");
  });

  it("sees turns that another process added to the session meanwhile", async () => {
    const made = await make({ script: [textReply("one"), textReply("two"), textReply("three")] });
    const [here, there] = [await made.open(), await made.open()];
    await (await here.submit(made.message("first"))).outcome;
    await (await there.submit(made.message("second"))).outcome;
    await (await here.submit(made.message("third"))).outcome;
    expect(texts(made.provider.requests[2])).toMatch(/first.*one.*second.*two.*third/);
  });

  it("takes a second delivery of the same message for the same turn", async () => {
    const made = await make({ script: [textReply("once")] });
    const runtime = await made.open();
    const [one, two] = [await runtime.submit(made.message("hi", { platformId: "p1" })), await runtime.submit(made.message("hi", { platformId: "p1" }))];
    expect(two).toMatchObject({ turnId: one.turnId, isRepeat: true });
    expect(await two.outcome).toEqual(await one.outcome);
    const after = await (await made.open()).submit(made.message("hi", { platformId: "p1" }));
    expect(await after.outcome).toEqual(await one.outcome);
    expect(made.provider.requests).toHaveLength(1);
  });

  it("refuses a key that was used with another body, a session of another entrance, and a workspace that is not there", async () => {
    const made = await make({ script: [textReply("ok")] });
    const runtime = await made.open();
    await (await runtime.submit(made.message("a", { idempotency: { key: "k", bodyHash: "1" } }))).outcome;
    await expect(runtime.submit(made.message("b", { idempotency: { key: "k", bodyHash: "2" } }))).rejects.toMatchObject({ code: "request.mismatch" });
    const guest = { id: "token:phone", scopes: ["chat"] as const };
    await expect(runtime.submit(made.message("a", { sessionId: "telegram:1", principal: guest }))).rejects.toMatchObject({ code: "session.foreign" });
    await expect(runtime.submit(made.message("a", { workspace: "/no/such/folder" }))).rejects.toMatchObject({ code: "workspace.not-found" });
  });

  it("claims what begins at once with the message, leaves what waits unclaimed, and shows the next turn the last one from memory", async () => {
    const first = gate();
    const calls: string[] = [];
    const made = await make({
      script: async () => (await first.opened, textReply("ok")),
      store: (store) => ({
        ...store,
        accept: (turn) => (calls.push("accept"), store.accept(turn)),
        claim: (turnId, instanceId) => (calls.push("claim"), store.claim(turnId, instanceId)),
        events: (turnId) => (calls.push("events"), store.events(turnId)),
      }),
    });
    const runtime = await made.open();
    const one = await runtime.submit(made.message("one"));
    const two = await runtime.submit(made.message("two"));
    expect([calls, (await runtime.turn(two.turnId))?.status]).toEqual([["accept", "claim", "accept"], "queued"]);
    first.open();
    await Promise.all([one.outcome, two.outcome]);
    await (await runtime.submit(made.message("three"))).outcome;
    expect(calls).toEqual(["accept", "claim", "accept", "claim", "accept", "claim"]);
    expect(texts(made.provider.requests[2])).toContain("two");
  });

  it("is taken and answered once the store can be written again, also where the process could not register with it at first", async () => {
    let isLocked = true;
    const busy = async (): Promise<never> => {
      throw new OmniError("store.busy", "Another process writes.");
    };
    const made = await make({
      script: [textReply("ok")],
      store: (store) => ({ ...store, join: (info) => (isLocked ? busy() : store.join(info)), accept: (turn) => (isLocked ? busy() : store.accept(turn)) }),
    });
    const runtime = await made.open();
    await expect(runtime.submit(made.message("hi"))).rejects.toMatchObject({ code: "store.busy" });
    isLocked = false;
    expect(await (await runtime.submit(made.message("hi"))).outcome).toMatchObject({ status: "completed", output: "ok" });
  });

  it("is not taken in a home whose restore has begun since the runtime was made: that would erase it", async () => {
    const made = await make({ script: [textReply("hi")] });
    const runtime = await made.open();
    const record = join(made.host.paths.state, "restore.json");
    await mkdir(made.host.paths.state, { recursive: true });
    await writeFile(record, "{}");
    await expect(runtime.submit(made.message("hello"))).rejects.toMatchObject({ code: "home.held" });
    expect(await runtime.store.unfinished()).toEqual([]);
    await rm(record);
    expect(await (await runtime.submit(made.message("hello"))).outcome).toMatchObject({ status: "completed" });
  });

  it("runs the turns of a session in the order of acceptance and those of different sessions side by side", async () => {
    const first = gate();
    const seen: string[] = [];
    const made = await make({
      script: async (request) => {
        const last = request.messages.at(-1);
        const said = last?.role === "user" ? last.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).at(-1) ?? "" : "";
        seen.push(said);
        if (said === "a1") await first.opened;
        return textReply("ok");
      },
    });
    const runtime = await made.open();
    const turns = [await runtime.submit(made.message("a1")), await runtime.submit(made.message("a2")), await runtime.submit(made.message("b1", { sessionId: "test:b" }))];
    await turns[2]?.outcome;
    expect(seen).toEqual(["a1", "b1"]);
    first.open();
    await Promise.all(turns.map((turn) => turn.outcome));
    expect(seen).toEqual(["a1", "b1", "a2"]);
  });
});

describe("a message under an idempotency key", () => {
  it("is found where it was taken before, also where a new one would be refused, and is not taken in by looking", async () => {
    const made = await make({ script: [textReply("once")] });
    const runtime = await made.open();
    const workspace = join(made.host.paths.workspace, "gone");
    await mkdir(workspace);
    const message = made.message("hi", { workspace, idempotency: { key: "k", bodyHash: "h" } });
    expect(await runtime.find(message)).toBeUndefined();
    const first = await runtime.submit(message);
    await first.outcome;
    await rm(workspace, { recursive: true });
    await made.host.clock.advance(10_000);
    expect(await runtime.submit(message)).toMatchObject({ turnId: first.turnId, isRepeat: true });
    expect((await runtime.find(message))?.turnId).toBe(first.turnId);
    await expect(runtime.submit({ ...message, idempotency: { key: "other", bodyHash: "h" } })).rejects.toMatchObject({ code: "workspace.not-found" });
  });
});

describe("cancel", () => {
  it("ends a running turn, and one that waits", async () => {
    const made = await make({ script: [{ stall: true }, textReply("third")] });
    const runtime = await made.open();
    const [running, waiting, last] = [await runtime.submit(made.message("1")), await runtime.submit(made.message("2")), await runtime.submit(made.message("3"))];
    for await (const { event } of running.events()) if (event.type === "model-call") break;
    expect(await runtime.cancel(waiting.turnId)).toBe(true);
    expect(await runtime.cancel(running.turnId)).toBe(true);
    expect(await running.outcome).toMatchObject({ status: "cancelled" });
    expect(await waiting.outcome).toMatchObject({ status: "cancelled" });
    expect((await Array.fromAsync(waiting.events())).map(({ event }) => event)).toEqual([expect.objectContaining({ type: "turn-end", status: "cancelled", turnId: waiting.turnId })]);
    expect(await last.outcome).toMatchObject({ status: "completed", output: "third" });
    expect(await runtime.cancel(running.turnId)).toBe(false);
    expect(await runtime.cancel("no-such-turn")).toBe(false);
  });
});

describe("an approval", () => {
  const asking: SecurityPolicy = { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "sure?", rule: "test" }) };
  const script = [callReply([{ name: "echo.append", arguments: { text: "x" } }]), textReply("ok"), callReply([{ name: "echo.append", arguments: { text: "x" } }]), textReply("ok")];

  it("is asked of a person, and remembered when they say always", async () => {
    const made = await make({ policy: asking, script });
    const runtime = await made.open();
    const opened = gate();
    runtime.onAsks(() => opened.open());
    const turn = await runtime.submit(made.message("append"));
    await opened.opened;
    const [open] = runtime.asks();
    expect(open).toMatchObject({ turnId: turn.turnId, sessionId: "test:a", ask: { tool: "echo.append", arguments: { text: "x" }, kind: "approval" } });
    expect((await runtime.turn(turn.turnId))?.status).toBe("waiting");
    await runtime.answer(open?.ask.askId ?? "", { decision: "always" }, owner);
    expect(await turn.outcome).toMatchObject({ toolCalls: [{ status: "completed" }] });
    expect(await (await runtime.submit(made.message("append again"))).outcome).toMatchObject({ toolCalls: [{ status: "completed" }] });
    expect(made.echo.appended).toEqual(["x", "x"]);
  });

  it("survives any number of restarts under the same id", async () => {
    const made = await make({ policy: asking, script: [script[0] ?? {}, textReply("ok")] });
    const before = await made.open();
    const opened = gate();
    before.onAsks(() => opened.open());
    const turn = await before.submit(made.message("append"));
    await opened.opened;
    const askId = before.asks()[0]?.ask.askId ?? "";
    await before.close();
    for (let restart = 0; restart < 5; restart += 1) {
      const between = await made.open();
      const reopened = gate();
      between.onAsks(() => reopened.open());
      expect(await between.recover()).toBe(1);
      await reopened.opened;
      expect((await between.turn(turn.turnId))?.status).toBe("waiting");
      await between.close();
    }
    const after = await made.open();
    const again = gate();
    after.onAsks(() => again.open());
    expect(await after.recover()).toBe(1);
    await again.opened;
    await after.answer(askId, { decision: "allow" }, owner);
    expect(await after.follow(turn.turnId)?.outcome).toMatchObject({ status: "completed", toolCalls: [{ status: "completed" }] });
    expect(made.echo.appended).toEqual(["x"]);
  });
});

describe("a question of the model", () => {
  const script = [callReply([{ name: "person.ask", arguments: { question: "which colour?", choices: ["red", "blue"] } }]), textReply("blue it is")];

  it("waits for the person's words, which become its result", async () => {
    const made = await make({ script });
    const runtime = await made.open();
    const opened = gate();
    runtime.onAsks(() => opened.open());
    const turn = await runtime.submit(made.message("paint it"));
    await opened.opened;
    const [open] = runtime.asks();
    expect(open?.ask).toMatchObject({ kind: "question", question: "which colour?", choices: ["red", "blue"] });
    await runtime.answer(open?.ask.askId ?? "", { answer: "blue" }, owner);
    expect(await turn.outcome).toMatchObject({ output: "blue it is", toolCalls: [{ name: "person.ask", status: "completed" }] });
    expect(texts(made.provider.requests[1])).toContain("blue");
  });

  it("is a failed result where nobody can be asked", async () => {
    const made = await make({ script });
    const turn = await (await made.open()).submit(made.message("paint it", { interactive: false }));
    expect(await turn.outcome).toMatchObject({ toolCalls: [{ name: "person.ask", status: "failed" }] });
  });
});

describe("close and recover", () => {
  it("frees everything also where the process cannot leave its store, and tells why it could not", async () => {
    const leave = async (): Promise<never> => {
      throw new Error("cannot leave");
    };
    const made = await createRuntimeHarness({ script: [textReply("ok")], store: (store) => ({ ...store, join: async (info) => ({ ...(await store.join(info)), leave }) }) });
    const runtime = await made.open();
    await (await runtime.submit(made.message("hi"))).outcome;
    await expect(runtime.close()).rejects.toThrow("cannot leave");
    expect(made.disposed.at(-1)).toBe("store");
    expect(made.echo.isClosed).toBe(true);
    await expect(made.dispose()).rejects.toThrow("cannot leave");
  });

  it("leaves a running turn open in the record, and the next start ends it", async () => {
    const made = await make({ script: [{ stall: true }, textReply("after the restart")] });
    const before = await made.open();
    const turn = await before.submit(made.message("slow"));
    turn.outcome.catch(() => undefined);
    for await (const { event } of turn.events()) if (event.type === "model-call") break;
    await before.close();
    await expect(turn.outcome).rejects.toMatchObject({ code: "gateway.draining" });
    const after = await made.open();
    expect(await after.recover()).toBe(1);
    expect(await after.follow(turn.turnId)?.outcome).toMatchObject({ status: "completed", output: "after the restart" });
    expect(await after.recover()).toBe(0);
  });

  it("takes no stop in good order for an interruption, however many there are", async () => {
    const stalls = Array.from({ length: 5 }, () => ({ stall: true as const }));
    const made = await make({ script: [...stalls, textReply("at last")] });
    let runtime = await made.open();
    const { turnId, outcome } = await runtime.submit(made.message("slow"));
    outcome.catch(() => undefined);
    for (const stops of stalls.keys()) {
      await expect.poll(() => made.provider.requests.length).toBe(stops + 1);
      await runtime.close();
      runtime = await made.open();
      await runtime.recover();
    }
    expect(await runtime.follow(turnId)?.outcome).toMatchObject({ status: "completed", output: "at last" });
  });

  it("frees the parts in reverse order of making, once", async () => {
    const made = await make();
    const runtime = await made.open();
    await Promise.all([runtime.close(), runtime.close()]);
    expect(made.disposed).toEqual(["tool", "provider", "memory", "window", "policy", "store"]);
  });

  it("ends also where a part never does: after five seconds it is left behind, and the rest is freed", async () => {
    const never = async (): Promise<never> => new Promise(() => undefined);
    const made = await make({ closes: { tool: never, provider: never } });
    const runtime = await made.open();
    let isClosed = false;
    const closing = runtime.close().then(() => (isClosed = true));
    await until(made, () => isClosed);
    await closing;
    expect(made.disposed.at(-1)).toBe("store");
    expect(made.host.log.lines.filter(({ message }) => message.includes("left behind")).map(({ fields }) => fields)).toMatchObject([{ part: "tools.echo" }, { part: "provider" }]);
  });

  it("ends also where the memory is never tended to its end, and frees the rest", async () => {
    const made = await make({ memory: (memory) => ({ ...memory, tend: () => new Promise(() => undefined) }), script: [textReply("ok")] });
    const runtime = await made.open();
    await (await runtime.submit(made.message("hello"))).outcome;
    let isClosed = false;
    const closing = runtime.close().then(() => (isClosed = true));
    await until(made, () => isClosed);
    await closing;
    expect(made.disposed.at(-1)).toBe("store");
    expect(made.host.log.lines.filter(({ message }) => message.includes("left behind")).map(({ fields }) => fields)).toMatchObject([{ part: "aftercare" }]);
  });

  it("refuses new messages while it drains, and lets what runs end", async () => {
    const hold = gate();
    const made = await make({ script: async () => (await hold.opened, textReply("in time")) });
    const runtime = await made.open();
    const turn = await runtime.submit(made.message("1"));
    const drained = runtime.drain(30_000);
    await expect(runtime.submit(made.message("2"))).rejects.toMatchObject({ code: "gateway.draining", retryable: true });
    hold.open();
    await drained;
    expect(await turn.outcome).toMatchObject({ output: "in time" });
  });

  it("does not wait for what is queued behind a turn that waits for a person", async () => {
    const policy = { decide: () => ({ verdict: "ask" as const, reason: "", rule: "test" }) };
    const made = await make({ policy, script: [callReply([{ name: "echo.append", arguments: { text: "x" } }]), textReply("ok")] });
    const runtime = await made.open();
    const asking = await runtime.submit(made.message("paint it"));
    asking.outcome.catch(() => undefined);
    for await (const { event } of asking.events()) if (event.type === "ask") break;
    const behind = await runtime.submit(made.message("and then"));
    behind.outcome.catch(() => undefined);
    // The clock stands still: it does not end by its own time.
    await runtime.drain(30_000);
    expect([(await runtime.turn(asking.turnId))?.outcome, (await runtime.turn(behind.turnId))?.outcome]).toEqual([null, null]);
  });

  it("interrupts still what a message was taken to interrupt", async () => {
    const made = await make({ script: async (request) => (texts(request).includes("instead") ? textReply("done instead") : { stall: true }) });
    const store = await (await made.open()).store;
    for (const [turnId, mode] of [["slow", "queue"], ["instead", "interrupt"]] as const) {
      const input = { turnId, mode, sessionId: "test:a", text: turnId, principal: owner, autonomy: "full" as const, workspace: made.host.paths.workspace, origin: "test", interactive: false, at: 0 };
      await store.accept({ input, channel: "test", platformId: turnId, queueLimit: 10 });
    }
    const runtime = await made.open();
    expect(await runtime.recover()).toBe(2);
    await until(made, async () => (await runtime.turn("instead"))?.outcome != null);
    expect([(await runtime.turn("slow"))?.outcome?.status, (await runtime.turn("instead"))?.outcome?.output]).toEqual(["cancelled", "done instead"]);
  });

  it("gives a turn up after three attempts, tells the fate of its calls, and goes on with the session", async () => {
    const made = await make({ script: [textReply("next one")] });
    const store = await (await made.open()).store;
    const input = { turnId: "poison", sessionId: "test:a", text: "poison", principal: owner, autonomy: "full" as const, workspace: made.host.paths.workspace, origin: "test", interactive: false, at: 0 };
    await store.accept({ input, channel: "test", platformId: "poison", queueLimit: 10 });
    await crashThreeTimes(store);
    const runtime = await made.open();
    const next = await runtime.submit(made.message("after it"));
    const outcome = next.outcome;
    await made.host.clock.advance(10_000);
    expect(await outcome).toMatchObject({ status: "completed", output: "next one" });
    expect((await store.turn("poison"))?.outcome).toMatchObject({ status: "failed", error: { code: "turn.attempts" }, toolCalls: [{ name: "echo.append", status: "unknown" }] });
  });
});

async function crashThreeTimes(store: Store): Promise<void> {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const instance = await store.join({ kind: "test", pid: attempt });
    const claim = await store.claim("poison", instance.id);
    if (claim.result !== "claimed") throw new OmniError("internal", `not claimed: ${claim.result}`);
    const call: DurableEvent = { type: "tool-call", callId: "r1c0", round: 1, index: 0, name: "echo.append", arguments: {}, effect: "once", idempotencyKey: "k", at: 0 };
    if (attempt === 1) await store.append("poison", claim.fence, [call]);
    await instance.leave();
  }
}

describe("the events of a turn that has ended", () => {
  it("are kept for readers that come back, however many others run", async () => {
    const made = await make({ script: async (request) => (JSON.stringify(request.messages.at(-1)).includes("quick") ? textReply("all of it") : { stall: true }) });
    const runtime = await made.open();
    for (let count = 0; count < 40; count += 1) (await runtime.submit(made.message("slow", { sessionId: `test:s${count}` }))).outcome.catch(() => undefined);
    const quick = await runtime.submit(made.message("quick"));
    await quick.outcome;
    await until(made, async () => (await runtime.turn(quick.turnId))?.outcome != null);
    const told = await Array.fromAsync(runtime.follow(quick.turnId)?.events() ?? []);
    expect(told.map(({ event }) => event.type)).toContain("text-delta");
  });
});

describe("a message that is being taken in when the process stops", () => {
  it("is told to come back, and is not lost", async () => {
    const [reached, slow] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const made = await make({ script: [textReply("ok")], store: (store) => ({ ...store, accept: async (turn) => (reached.resolve(), slow.promise.then(() => store.accept(turn))) }) });
    const runtime = await made.open();
    const coming = runtime.submit(made.message("go"));
    await reached.promise;
    const closing = runtime.close();
    slow.resolve();
    const { turnId, outcome } = await coming;
    await expect(outcome).rejects.toMatchObject({ code: "gateway.draining" });
    await closing;
    expect((await (await made.open()).turn(turnId))?.outcome).toBeNull();
  });
});
