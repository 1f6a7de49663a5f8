import { describe, expect, test } from "vitest";
import type { Client } from "@omni/client";
import type { IncomingMessage } from "@omni/runtime";
import { OmniError } from "@omni/core";
import type { FakeGateway } from "./fake-gateway.ts";
import type { FakeRuntime } from "./fake-runtime.ts";
import type { ShownEvent } from "../src/shown-event.ts";
import type { SubmittedTurn, TurnService } from "../src/turn-service.ts";
import { createFakeGateway, toBroken, toOutcome } from "./fake-gateway.ts";
import { createFakeRuntime } from "./fake-runtime.ts";
import { createJoinedTurns } from "../src/joined-turns.ts";
import { owner } from "../src/owner.ts";

const message: IncomingMessage = { text: "task", sessionId: "1", origin: "cli", interactive: true, principal: owner, workspace: "/work", model: "m", limits: { maxRounds: 3, timeoutMs: 1_500 } };
const approval = { askId: "a1", kind: "approval", tool: "shell.run", arguments: {}, reason: "it runs a program", expiresAt: 1 } as const;

interface Joined {
  readonly gateway: FakeGateway;
  readonly turns: TurnService;
  readonly local: FakeRuntime;
  /** How often the gateway was looked for. */
  looks(): number;
  /** How often it was waited before something was tried again. */
  pauses(): number;
}

/** Turns in a fake gateway; `find` says what later looks find, the same one by default. Time passes at once. */
function join(options: { readonly find?: (gateway: FakeGateway, look: number) => Client | undefined; readonly autonomy?: "readonly" } = {}): Joined {
  const { find = ({ client }) => client, ...rest } = options;
  const gateway = createFakeGateway();
  const local = createFakeRuntime((turn) => turn.end({ output: "in process" }));
  let looks = 0;
  let pauses = 0;
  let ids = 0;
  const turns = createJoinedTurns({
    client: gateway.client,
    find: async () => find(gateway, ++looks),
    openLocal: async () => local,
    newId: () => `id${++ids}`,
    after(_, body) {
      pauses += 1;
      setImmediate(body);
      return () => undefined;
    },
    ...rest,
  });
  return { gateway, turns, local, looks: () => looks, pauses: () => pauses };
}

async function show(turn: SubmittedTurn): Promise<readonly ShownEvent[]> {
  const shown: ShownEvent[] = [];
  for await (const { event } of turn.events()) shown.push(event);
  return shown;
}

describe("a turn in a gateway", () => {
  test("is sent with everything that decides how it may run, under a key of its own", async () => {
    const { gateway, turns } = join({ autonomy: "readonly" });
    expect(await turns.submit(message)).toMatchObject({ turnId: "t1", sessionId: "cli:1" });
    await turns.submit({ ...message, autonomy: "full", interactive: false });
    expect(gateway.sent).toEqual([
      { request: { message: "task", sessionId: "cli:1", origin: "cli", interactive: true, workspace: "/work", model: "m", autonomy: "readonly", maxRounds: 3, timeoutMs: 1_500 }, options: { idempotencyKey: "id1" } },
      expect.objectContaining({ request: expect.objectContaining({ autonomy: "full", interactive: false }), options: { idempotencyKey: "id2" } }),
    ]);
    await expect(turns.submit({ ...message, sessionId: "\u0001" })).rejects.toMatchObject({ code: "session.invalid" });
  });

  test("is shown as it goes, and ends with its outcome", async () => {
    const { gateway, turns } = join();
    const turn = await turns.submit(message);
    gateway.streams[0]?.emit(
      { type: "text-delta", text: "I look." },
      { type: "tool-call", callId: "c", name: "files.read", arguments: { path: "a" } },
      { type: "tool-result", callId: "c", name: "files.read", status: "completed", preview: "x", lines: 70 },
      { type: "turn-end", outcome: toOutcome() },
    );
    expect(await turn.outcome).toEqual(toOutcome());
    expect(await show(turn)).toEqual([
      { type: "text-delta", text: "I look." },
      { type: "tool-call", callId: "c", name: "files.read", arguments: { path: "a" } },
      { type: "tool-result", callId: "c", name: "files.read", status: "completed", content: [{ type: "text", text: "x" }], lines: 70 },
    ]);
  });

  test("has its asks put, answered, and closed with it", async () => {
    const { gateway, turns } = join();
    let changes = 0;
    turns.onAsks(() => (changes += 1));
    const turn = await turns.submit(message);
    gateway.streams[0]?.emit({ type: "ask", ask: approval });
    await expect.poll(() => turns.asks()).toEqual([{ ask: approval, turnId: "t1" }]);
    await turns.answer("a1", { decision: "allow" }, owner);
    expect([gateway.answered, turns.asks(), changes]).toEqual([[["a1", { decision: "allow" }]], [], 2]);
    gateway.streams[0]?.emit({ type: "ask", ask: { ...approval, askId: "a2" } }, { type: "answer", askId: "a2" }, { type: "ask", ask: { ...approval, askId: "a3" } });
    await expect.poll(() => turns.asks().map(({ ask }) => ask.askId)).toEqual(["a3"]);
    gateway.fail("answer", new OmniError("store.busy", "Locked.", { retryable: true }));
    await expect(turns.answer("a3", { decision: "deny" }, owner)).rejects.toMatchObject({ code: "store.busy" });
    expect(turns.asks().map(({ ask }) => ask.askId)).toEqual(["a3"]);
    gateway.fail("answer", new OmniError("ask.not-found", "It is closed."));
    await expect(turns.answer("a3", { decision: "deny" }, owner)).rejects.toMatchObject({ code: "ask.not-found" });
    expect(turns.asks()).toEqual([]);
    gateway.streams[0]?.emit({ type: "ask", ask: approval }, { type: "turn-end", outcome: toOutcome() });
    await turn.outcome;
    await expect.poll(() => turns.asks()).toEqual([]);
  });

  test("has an ask answered where it runs, also when that takes no new message", async () => {
    const { gateway, turns } = join();
    await turns.submit(message);
    gateway.streams[0]?.emit({ type: "ask", ask: approval });
    await expect.poll(() => turns.asks()).toHaveLength(1);
    gateway.fail("stream", new OmniError("gateway.draining", "Omni is stopping.", { retryable: true }));
    await turns.submit(message);
    await turns.answer("a1", { decision: "allow" }, owner);
    expect(gateway.answered).toEqual([["a1", { decision: "allow" }]]);
  });

  test("puts an ask again whose answer may not have come there, and says so", async () => {
    const { gateway, turns } = join();
    await turns.submit(message);
    gateway.streams[0]?.emit({ type: "ask", ask: approval });
    await expect.poll(() => turns.asks()).toHaveLength(1);
    const seen: number[] = [];
    turns.onAsks(() => seen.push(turns.asks().length));
    gateway.fail("answer", toBroken("ECONNRESET"));
    await expect(turns.answer("a1", { decision: "allow" }, owner)).rejects.toMatchObject({ code: "egress.failed", message: expect.stringContaining("asked again") });
    expect([seen, turns.asks()]).toEqual([[0, 1], [{ ask: approval, turnId: "t1" }]]);
    await turns.answer("a1", { decision: "allow" }, owner);
    expect([gateway.answered.length, turns.asks()]).toEqual([1, []]);
    await expect(turns.answer("a1", { decision: "allow" }, owner)).rejects.toMatchObject({ code: "ask.not-found" });
  });

  test("is stopped there", async () => {
    const { gateway, turns } = join();
    await turns.submit(message);
    expect([await turns.cancel("t1"), await turns.cancel("t2"), gateway.cancelled]).toEqual([true, false, ["t1"]]);
    gateway.fail("cancel", toBroken());
    expect(await turns.cancel("t1")).toBe(false);
  });

  test("fails as the gateway says when it was not taken", async () => {
    const { gateway, turns, local } = join();
    gateway.fail("stream", new OmniError("message.empty", "The message is empty; say what to do."));
    await expect(turns.submit(message)).rejects.toMatchObject({ code: "message.empty" });
    expect(local.turns).toEqual([]);
  });
});

describe("a message that no gateway takes", () => {
  test.each([
    ["it is stopping", new OmniError("gateway.draining", "Omni is stopping.", { retryable: true })],
    ["it has gone", toBroken("ECONNREFUSED")],
    ["its socket has gone", toBroken("ENOENT")],
    ["it allows only smaller ones", new OmniError("request.too-large", "too large")],
  ])("because %s runs in process", async (_, error) => {
    const { gateway, turns, local } = join();
    gateway.fail("stream", error);
    const turn = await turns.submit(message);
    expect(await turn.outcome).toMatchObject({ output: "in process" });
    expect(local.turns.map((each) => each.message)).toEqual([message]);
  });

  test("leaves the next one to the gateway that is there again", async () => {
    const { gateway, turns, local, looks } = join({ find: ({ client }, look) => (look === 1 ? undefined : client) });
    gateway.fail("stream", toBroken("ECONNREFUSED"));
    await turns.submit(message);
    await turns.submit(message);
    expect([local.turns.length, looks()]).toEqual([2, 1]);
    await turns.submit(message);
    await turns.submit(message);
    expect([local.turns.length, looks(), gateway.sent.length]).toEqual([2, 2, 3]);
  });

  test("has its asks put here", async () => {
    const { gateway, turns, local } = join();
    gateway.fail("stream", toBroken("ENOENT"));
    await turns.submit(message);
    const reply = local.turns[0]?.ask({});
    expect(turns.asks()).toMatchObject([{ turnId: "1", ask: { askId: "ask1" } }]);
    await turns.answer("ask1", { decision: "deny" }, owner);
    expect(await reply).toEqual({ decision: "deny" });
  });

  test("and may have been taken is sent again under the same key", async () => {
    const { gateway, turns, local } = join();
    gateway.fail("stream", toBroken("ECONNRESET"));
    await turns.submit(message);
    expect(gateway.sent.map(({ options }) => options)).toEqual([{ idempotencyKey: "id1" }, { idempotencyKey: "id1" }]);
    expect(local.turns).toEqual([]);
  });

  test("and may have been taken by one that stays away is an error that says so", async () => {
    const { gateway, turns, local } = join({ find: () => undefined });
    gateway.fail("stream", toBroken("ECONNRESET"));
    await expect(turns.submit(message)).rejects.toMatchObject({ code: "egress.failed", message: expect.stringMatching(/may have been taken\. .*omni sessions show cli:1$/) });
    expect(local.turns).toEqual([]);
  });

  test("and may have been taken keeps its key for the same that is sent again, and for nothing else", async () => {
    let isBack = false;
    const { gateway, turns, looks } = join({ find: ({ client }) => (isBack ? client : undefined) });
    gateway.fail("stream", toBroken("ECONNRESET"));
    await expect(turns.submit(message)).rejects.toMatchObject({ code: "egress.failed" });
    expect(looks()).toBe(150);
    isBack = true;
    for (const text of ["other", "task", "task"]) await turns.submit({ ...message, text });
    expect(gateway.sent.map(({ request, options }) => [request.message, options])).toEqual([
      ["task", { idempotencyKey: "id1" }],
      ["other", { idempotencyKey: "id2" }],
      ["task", { idempotencyKey: "id1" }],
      ["task", { idempotencyKey: "id3" }],
    ]);
  });

  test("and may have been taken is looked for under its key where it is sent again in process", async () => {
    const { gateway, turns, local } = join({ find: () => undefined });
    const submitted: IncomingMessage[] = [];
    const { submit } = local;
    let isTaken = true;
    local.submit = async (each) => {
      submitted.push(each);
      if (isTaken) throw new OmniError("request.mismatch", "The key was used.");
      return submit(each);
    };
    gateway.fail("stream", toBroken("ECONNRESET"));
    await expect(turns.submit(message)).rejects.toMatchObject({ code: "egress.failed" });
    await expect(turns.submit(message)).rejects.toMatchObject({ code: "gateway.draining", message: expect.stringMatching(/had taken the message .*omni sessions show cli:1$/) });
    isTaken = false;
    for (let count = 0; count < 2; count += 1) await turns.submit(message);
    const idempotency = { key: "id1", bodyHash: "" };
    expect(submitted.map((each) => each.idempotency)).toEqual([idempotency, idempotency, undefined]);
  });
});

describe("a gateway that goes away while a turn is joined to it", () => {
  test("and comes back is followed from the last event, and a new beginning is told once", async () => {
    const { gateway, turns } = join({ find: ({ client }, look) => (look < 3 ? undefined : client) });
    const turn = await turns.submit(message);
    gateway.streams[0]?.emit({ type: "text-delta", text: "I lo" });
    gateway.streams[0]?.cut();
    const again = await gateway.connected(2);
    again.emit({ type: "text-reset", reason: "recovered" }, { type: "text-reset", reason: "recovered" }, { type: "text-delta", text: "I look." }, { type: "turn-end", outcome: toOutcome() });
    expect(await turn.outcome).toEqual(toOutcome());
    expect(gateway.followed).toEqual(["1.1"]);
    expect(await show(turn)).toEqual([
      { type: "text-delta", text: "I lo" },
      { type: "note", text: "the gateway went away; waiting for it to come back" },
      { type: "text-reset", reason: "recovered" },
      { type: "text-delta", text: "I look." },
    ]);
  });

  test("has nothing to ask meanwhile", async () => {
    const { gateway, turns } = join({ find: () => undefined });
    const turn = await turns.submit(message);
    gateway.streams[0]?.emit({ type: "ask", ask: approval });
    await expect.poll(() => turns.asks()).toHaveLength(1);
    const seen: number[] = [];
    turns.onAsks(() => seen.push(turns.asks().length));
    gateway.streams[0]?.cut();
    for await (const { event } of turn.events()) if (event.type === "note") break;
    expect(seen).toEqual([0]);
    await expect(turn.outcome).rejects.toThrow();
  });

  test("puts again what it still waits for", async () => {
    const { gateway, turns } = join();
    await turns.submit(message);
    gateway.streams[0]?.emit({ type: "ask", ask: approval });
    await expect.poll(() => turns.asks()).toHaveLength(1);
    gateway.openAsks = [
      { ask: approval, turnId: "t1", sessionId: "cli:1" },
      { ask: { ...approval, askId: "b" }, turnId: "t9", sessionId: "cli:9" },
    ];
    gateway.streams[0]?.cut();
    await gateway.connected(2);
    await expect.poll(() => turns.asks()).toEqual([{ ask: approval, turnId: "t1" }]);
  });

  test("and stays away leaves the turn with where it goes on", async () => {
    const { gateway, turns, looks } = join({ find: () => undefined });
    const turn = await turns.submit(message);
    gateway.streams[0]?.emit({ type: "turn-start", turnId: "t1", sessionId: "cli:1-2" });
    gateway.streams[0]?.cut();
    await expect(turn.outcome).rejects.toMatchObject({ code: "gateway.draining", message: expect.stringMatching(/turn t1 has not ended; it goes on at the gateway's next start\. .*omni sessions show cli:1-2$/) });
    expect(looks()).toBe(150);
    expect((await show(turn)).map((event) => event.type)).toEqual(["turn-start", "note"]);
  });

  test("cannot stop the turn, and says so", async () => {
    const looked = Promise.withResolvers<void>();
    const { gateway, turns } = join({
      find() {
        looked.resolve();
        return undefined;
      },
    });
    const turn = await turns.submit(message);
    gateway.streams[0]?.cut();
    await looked.promise;
    gateway.fail("cancel", toBroken());
    expect(await turns.cancel("t1")).toBe(false);
    await expect(turn.outcome).rejects.toMatchObject({ message: expect.stringContaining("could not be stopped") });
  });

  test("finds the end of a turn that another process has taken up", async () => {
    const { gateway, turns } = join();
    const turn = await turns.submit(message);
    gateway.elsewhere = { status: "running", turnId: "t1", sessionId: "cli:1", asks: [] };
    gateway.streams[0]?.cut();
    await expect.poll(() => gateway.followed.length).toBeGreaterThan(2);
    gateway.elsewhere = toOutcome({ output: "by another" });
    expect(await turn.outcome).toMatchObject({ output: "by another" });
  });

  test("and knows the turn no more is an error", async () => {
    const { gateway, turns } = join();
    const turn = await turns.submit(message);
    gateway.fail("follow", new OmniError("turn.not-found", "There is no such turn."));
    gateway.streams[0]?.cut();
    await expect(turn.outcome).rejects.toMatchObject({ code: "turn.not-found" });
  });

  test("is looked at after a pause where the events end again with nothing new, and told of once", async () => {
    const { gateway, turns, pauses } = join();
    const turn = await turns.submit(message);
    gateway.streams[0]?.emit({ type: "text-delta", text: "I look." });
    for (let count = 1; count < 4; count += 1) (await gateway.connected(count)).cut();
    (await gateway.connected(4)).emit({ type: "turn-end", outcome: toOutcome() });
    expect(await turn.outcome).toEqual(toOutcome());
    expect(pauses()).toBe(2);
    expect((await show(turn)).map((event) => event.type)).toEqual(["text-delta", "note"]);
  });

  test("is believed where it says that the turn has ended and its events do not", async () => {
    const { gateway, turns } = join();
    const turn = await turns.submit(message);
    gateway.streams[0]?.cut();
    const again = await gateway.connected(2);
    gateway.state = toOutcome({ output: "ended" });
    again.cut();
    expect(await turn.outcome).toMatchObject({ output: "ended" });
    expect(gateway.followed).toHaveLength(1);
  });

  test("still stops a turn that it tells of when it takes no new message", async () => {
    const { gateway, turns, local } = join();
    const turn = await turns.submit(message);
    gateway.fail("stream", new OmniError("gateway.draining", "Omni is stopping.", { retryable: true }));
    await turns.submit(message);
    expect(local.turns).toHaveLength(1);
    expect([await turns.cancel("t1"), gateway.cancelled]).toEqual([true, ["t1"]]);
    gateway.streams[0]?.emit({ type: "turn-end", outcome: toOutcome({ status: "cancelled" }) });
    expect(await turn.outcome).toMatchObject({ status: "cancelled" });
  });

  test("is looked for once for all turns", async () => {
    const { gateway, turns, looks } = join({ find: () => undefined });
    const both = [await turns.submit(message), await turns.submit(message)];
    for (const stream of gateway.streams) stream.cut();
    for (const turn of both) await expect(turn.outcome).rejects.toMatchObject({ code: "gateway.draining" });
    expect(looks()).toBe(150);
  });
});
