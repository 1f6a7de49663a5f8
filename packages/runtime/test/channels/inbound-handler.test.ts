import { describe, expect, it } from "vitest";
import type { InboundMessage } from "@omni/core";
import { errorCodes, OmniError } from "@omni/core";
import type { RecordingLog } from "@omni/testkit/fakes";
import { createManualClock, createMapStore, createRecordingLog } from "@omni/testkit/fakes";
import type { InboundParts } from "../../src/channels/inbound-handler.ts";
import type { IncomingMessage, TurnHandle } from "../../src/runtime.ts";
import type { OpenAsk, Reply } from "../../src/ask-desk.ts";
import { createAnsweredMessages } from "../../src/channels/answered-messages.ts";
import { createInboundHandler } from "../../src/channels/inbound-handler.ts";
import { takeAccess } from "../../src/channels/channel-access.ts";
import { toCommand } from "../../src/commands/run-command.ts";

interface Seen {
  readonly submitted: IncomingMessage[];
  readonly answered: { readonly askId: string; readonly reply: Reply; readonly by: string }[];
  readonly said: string[];
  readonly asks: OpenAsk[];
  readonly log: RecordingLog;
}

const toHandle = (isCommand: boolean, output: string): TurnHandle => ({
  turnId: "t1",
  sessionId: "rooms:hall",
  isRepeat: false,
  isCommand,
  outcome: isCommand ? Promise.resolve({ status: "completed", sessionId: "rooms:hall", turnId: "t1", output, rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error: null }) : new Promise(() => undefined),
  events: async function* () {
    // Nobody looks.
  },
});

/** A handler that sees what it does; a command is answered with its number. */
function makeHandler(parts: Partial<InboundParts> = {}, store = createMapStore()) {
  const seen: Seen = { submitted: [], answered: [], said: [], asks: [], log: createRecordingLog() };
  const handler = createInboundHandler({
    name: "rooms",
    access: takeAccess("rooms", { allow: ["p1", "p2", "*"] }).access,
    log: seen.log,
    answered: createAnsweredMessages("rooms", store, seen.log, createManualClock()),
    async submit(message) {
      seen.submitted.push(message);
      return toHandle(toCommand(message.text) !== undefined, `command ${seen.submitted.length}`);
    },
    isTurn: async () => false,
    asks: () => seen.asks,
    async answer(askId, reply, principal) {
      const index = seen.asks.findIndex(({ ask }) => ask.askId === askId);
      if (index === -1) throw new OmniError("ask.not-found", `There is no open question ${askId}.`);
      seen.asks.splice(index, 1);
      seen.answered.push({ askId, reply, by: principal.id });
    },
    sessionOf: async (conversation) => conversation,
    say: async (conversation, text, key) => void seen.said.push(`${conversation} ${key}: ${text}`),
    ...parts,
  });
  return { ...seen, handler };
}

const toMessage = (text: string, more: Partial<InboundMessage> = {}): InboundMessage => ({ platformId: "m1", conversation: "hall", sender: "p1", content: [{ type: "text", text }], at: 0, ...more });

const toQuestion = (more: Partial<OpenAsk["ask"]> = {}, requester = "rooms:p1"): OpenAsk => ({
  ask: { type: "ask", askId: "a1", kind: "question", callId: "c1", tool: "echo.ask", arguments: {}, digest: "", reason: "", question: "Which?", choices: ["red", "Blue"], at: 0, expiresAt: 1, ...more },
  turnId: "t0",
  sessionId: "rooms:hall",
  requester,
});

describe("a message of somebody who does not belong", () => {
  it("is dropped and logged once, and nothing of it is kept, answered or handed on", async () => {
    const { handler, submitted, answered, said, asks, log } = makeHandler({ access: takeAccess("rooms", { allow: ["p1"] }).access });
    asks.push(toQuestion());
    for (const [index, text] of ["hello", "/help", "/approve", "red"].entries()) await handler(toMessage(text, { sender: "evil", platformId: `m${index}` }));
    expect([submitted, answered, said]).toEqual([[], [], []]);
    expect(log.lines.map(({ level, fields }) => [level, fields])).toEqual([["warn", { sender: "evil" }]]);
    expect(JSON.stringify(log.lines)).not.toContain("hello");
  });

  it("fills neither the log nor the memory when a thousand of them come", async () => {
    const { handler, log } = makeHandler({ access: takeAccess("rooms", { allow: ["p1"] }).access });
    for (let index = 0; index < 1_500; index += 1) await handler(toMessage("x", { sender: `evil ${index} ${"x".repeat(10_000)}` }));
    expect(log.lines).toHaveLength(1_000);
    expect(JSON.stringify(log.lines).length).toBeLessThan(300_000);
  });
});

describe("a message", () => {
  it("is submitted with its sender, conversation and id, and its handler does not wait for the turn", async () => {
    const { handler, submitted, said } = makeHandler();
    await handler(toMessage("one", { conversation: "hall:7", content: [{ type: "text", text: "one" }, { type: "image", data: "AA==", mimeType: "image/png" }, { type: "text", text: "two" }] }));
    expect(submitted).toEqual([
      { sessionId: "rooms:hall:7", text: "one\ntwo", attachments: [{ type: "image", data: "AA==", mimeType: "image/png" }], principal: { id: "rooms:p1", scopes: ["read", "chat", "approve"] }, origin: "rooms", conversation: "hall:7", interactive: true, platformId: "m1" },
    ]);
    expect(said).toEqual([]);
  });

  it("is taken once while it comes twice at the same time", async () => {
    const { handler, submitted } = makeHandler();
    await Promise.all([handler(toMessage("one")), handler(toMessage("one"))]);
    expect(submitted).toHaveLength(1);
  });

  it("is left to come again where it can be taken later", async () => {
    for (const code of ["gateway.draining", "store.full", "store.busy"] as const) {
      let tries = 0;
      const { handler, said, log } = makeHandler({ submit: async () => (++tries === 1 ? Promise.reject(new OmniError(code, "later", { retryable: true })) : toHandle(false, "")) });
      await expect(handler(toMessage("one"))).rejects.toMatchObject({ code });
      expect(said).toEqual([]);
      await handler(toMessage("one"));
      expect([tries, log.lines]).toEqual([2, []]);
    }
  });

  it("is left to come again where the store fails, whatever the reason", async () => {
    for (const code of ["store.failed", "store.corrupt", "home.unwritable"] as const) {
      const { handler, said } = makeHandler({ submit: () => Promise.reject(new OmniError(code, "broken")) });
      await expect(handler(toMessage("one"))).rejects.toMatchObject({ code });
      expect(said).toEqual([]);
    }
  });

  it("is left to come again where it cannot be seen whether it was answered before", async () => {
    const store = { ...createMapStore(), getDocument: async () => Promise.reject(new OmniError("store.busy", "locked", { retryable: true })) };
    const { handler, submitted } = makeHandler({}, store);
    await expect(handler(toMessage("one"))).rejects.toMatchObject({ code: "store.busy" });
    expect(submitted).toEqual([]);
  });

  it("is told why it was not taken where coming again would not help, a full session included", async () => {
    for (const error of [new OmniError("session.full", "1000 wait already.", { retryable: true }), new OmniError("message.too-large", "It is too long."), new OmniError("session.invalid", "An odd place.")]) {
      const { handler, said, log } = makeHandler({ submit: () => Promise.reject(error) });
      await handler(toMessage("one"));
      expect(said).toEqual([`hall m1: ${error.message}`]);
      expect(log.lines).toMatchObject([{ level: "warn", fields: { code: error.code } }]);
    }
  });

  it("is told no path of this machine, which the log has", async () => {
    const path = "/home/ada/notes";
    const { handler, said, log } = makeHandler({ submit: () => Promise.reject(new OmniError("workspace.not-found", `The workspace ${path} does not exist.`)) });
    await handler(toMessage("one"));
    expect(said).toEqual([`hall m1: ${errorCodes["workspace.not-found"]}`]);
    expect(JSON.stringify(log.lines)).toContain(path);
  });

  it("is left to come again where it could not be told either", async () => {
    const { handler } = makeHandler({ submit: () => Promise.reject(new OmniError("message.too-large", "too long")), say: () => Promise.reject(new OmniError("egress.failed", "later", { retryable: true })) });
    await expect(handler(toMessage("one"))).rejects.toMatchObject({ code: "egress.failed" });
  });
});

describe("a command", () => {
  it("is answered under a key of its own, and again does nothing more", async () => {
    const store = createMapStore();
    const first = makeHandler({}, store);
    await first.handler(toMessage("/new"));
    await first.handler(toMessage("/new"));
    expect(first.submitted).toHaveLength(1);
    expect(first.said).toEqual(["hall m1: command 1"]);
    const restarted = makeHandler({}, store);
    await restarted.handler(toMessage("/new"));
    await restarted.handler(toMessage("/status", { platformId: "m2" }));
    expect(restarted.submitted.map(({ text }) => text)).toEqual(["/status"]);
    expect(restarted.said).toEqual(["hall m2: command 1"]);
  });

  it("that was run and could not be answered is answered when it comes again, and not run again", async () => {
    const store = createMapStore();
    const refused = makeHandler({ say: () => Promise.reject(new OmniError("egress.failed", "later", { retryable: true })) }, store);
    await expect(refused.handler(toMessage("/approve"))).rejects.toMatchObject({ code: "egress.failed" });
    const restarted = makeHandler({}, store);
    await restarted.handler(toMessage("/approve"));
    expect(restarted.submitted).toEqual([]);
    expect(restarted.said).toEqual(["hall m1: command 1"]);
  });

  it("stands when it cannot be noted on disk", async () => {
    const { handler, said, submitted, log } = makeHandler({}, { ...createMapStore(), putDocument: () => Promise.reject(new OmniError("store.full", "no space")) });
    await handler(toMessage("/new"));
    await handler(toMessage("/new"));
    expect([submitted.length, said.length]).toEqual([1, 1]);
    expect(log.lines.every(({ level }) => level === "warn")).toBe(true);
  });

  it("that was refused is told why", async () => {
    const { handler, said } = makeHandler({ submit: () => Promise.reject(new OmniError("ask.forbidden", "Only somebody with scope approve may answer this.")) });
    await handler(toMessage("/approve", { sender: "guest" }));
    expect(said).toEqual(["hall m1: Only somebody with scope approve may answer this."]);
  });
});

describe("a message while a question stands", () => {
  it("is the answer, in its own words, those of a choice, or by its number", async () => {
    for (const [text, answer] of [["1", "red"], [" 2 ", "Blue"], ["RED", "red"], ["blue", "Blue"], ["3", "3"], ["0", "0"], ["green, please", "green, please"]] as const) {
      const { handler, answered, submitted, asks, said } = makeHandler();
      asks.push(toQuestion());
      await handler(toMessage(text));
      expect(answered).toEqual([{ askId: "a1", reply: { answer }, by: "rooms:p1" }]);
      expect([submitted, said]).toEqual([[], []]);
    }
  });

  it("answers it once, also where it comes twice, at the same time or after a restart", async () => {
    const store = createMapStore();
    const { handler, answered, submitted, asks } = makeHandler({}, store);
    asks.push(toQuestion(), toQuestion({ askId: "a2" }));
    await Promise.all([handler(toMessage("1")), handler(toMessage("1"))]);
    await handler(toMessage("1"));
    expect(answered).toHaveLength(1);
    const restarted = makeHandler({}, store);
    await restarted.handler(toMessage("1"));
    expect([submitted, restarted.submitted, restarted.answered]).toEqual([[], [], []]);
  });

  it("answers it once where the process was killed before it could note that, and answers it then where it had not", async () => {
    for (const isOnRecord of [true, false]) {
      const store = createMapStore();
      const killed = new Error("killed");
      const before = makeHandler({ answered: { ...createAnsweredMessages("rooms", store, createRecordingLog(), createManualClock()), note: () => Promise.reject(killed) }, answer: () => (isOnRecord ? Promise.resolve() : Promise.reject(killed)) }, store);
      before.asks.push(toQuestion());
      await before.handler(toMessage("1")).catch(() => undefined);
      const event = { type: "answer", askId: "a1", decision: "allow", answer: "red", by: "rooms:p1", at: 0 } as const;
      const restarted = makeHandler({}, { ...store, events: async (turnId) => (isOnRecord && turnId === "t0" ? [event] : []) });
      restarted.asks.push(toQuestion({ askId: isOnRecord ? "a2" : "a1" }));
      await restarted.handler(toMessage("1"));
      expect([isOnRecord, restarted.answered.map(({ askId }) => askId), restarted.submitted]).toEqual([isOnRecord, isOnRecord ? [] : ["a1"], []]);
    }
  });

  it("is a turn of its own where another that came at the same time was faster", async () => {
    const { handler, answered, submitted, said, asks } = makeHandler();
    asks.push(toQuestion());
    await Promise.all([handler(toMessage("1")), handler(toMessage("2", { platformId: "m2" })), handler(toMessage("3", { platformId: "m3", sender: "p2" }))]);
    expect(answered).toEqual([{ askId: "a1", reply: { answer: "red" }, by: "rooms:p1" }]);
    expect([submitted.map(({ text }) => text), said]).toEqual([["2", "3"], []]);
  });

  it("does not answer the next question, which did not stand yet when it came", async () => {
    const { handler, answered, submitted, asks } = makeHandler({
      async answer(askId, reply, principal): Promise<void> {
        answered.push({ askId, reply, by: principal.id });
        asks.splice(0, 1, toQuestion({ askId: "a2" }));
      },
    });
    asks.push(toQuestion());
    await Promise.all([handler(toMessage("1")), handler(toMessage("2", { platformId: "m2" }))]);
    expect([answered.map(({ askId }) => askId), submitted.map(({ text }) => text)]).toEqual([["a1"], ["2"]]);
  });

  it("is a turn of its own where the question was answered elsewhere, or its time was up, before it could be taken", async () => {
    const { handler, submitted, said } = makeHandler({ asks: () => [toQuestion()] });
    await handler(toMessage("1"));
    expect([submitted.map(({ text }) => text), said]).toEqual([["1"], []]);
  });

  it("is not lost where it had begun to answer a question that time or somebody else answered, also after a restart", async () => {
    for (const by of ["rooms:p2", "token:ada", "timeout"]) {
      const store = createMapStore();
      const before = makeHandler({ answer: () => Promise.reject(new OmniError("store.busy", "later", { retryable: true })) }, store);
      before.asks.push(toQuestion());
      await expect(before.handler(toMessage("1"))).rejects.toMatchObject({ code: "store.busy" });
      const restarted = makeHandler({}, { ...store, events: async () => [{ type: "answer", askId: "a1", decision: "allow", answer: "red", by, at: 0 }] });
      await restarted.handler(toMessage("1"));
      expect([by, restarted.submitted.map(({ text }) => text), restarted.said]).toEqual([by, ["1"], []]);
    }
  });

  it("is not lost where it had begun to answer a question that another message of the same person answered, in the same words too", async () => {
    const store = createMapStore();
    const before = makeHandler({ answer: () => Promise.reject(new OmniError("store.busy", "later", { retryable: true })) }, store);
    before.asks.push(toQuestion());
    await expect(before.handler(toMessage("1"))).rejects.toMatchObject({ code: "store.busy" });
    const killed = new Error("killed");
    const answering = makeHandler({ answered: { ...createAnsweredMessages("rooms", store, createRecordingLog(), createManualClock()), note: () => Promise.reject(killed) } }, store);
    answering.asks.push(toQuestion());
    await answering.handler(toMessage("1", { platformId: "m2" })).catch(() => undefined);
    expect(answering.answered).toHaveLength(1);
    const restarted = makeHandler({}, { ...store, events: async () => [{ type: "answer", askId: "a1", decision: "allow", answer: "red", by: "rooms:p1", at: 0 }] });
    for (const platformId of ["m1", "m2"]) await restarted.handler(toMessage("1", { platformId }));
    expect(restarted.submitted.map(({ platformId }) => platformId)).toEqual(["m1"]);
  });

  it("answers nothing where it is a turn already and comes again", async () => {
    const { handler, answered, submitted, asks } = makeHandler({ isTurn: async (_message, platformId) => platformId === "m1" });
    asks.push(toQuestion());
    await handler(toMessage("which?"));
    expect([answered, submitted.map(({ text }) => text)]).toEqual([[], ["which?"]]);
    await handler(toMessage("2", { platformId: "m2" }));
    expect(answered).toHaveLength(1);
  });

  it("is not taken where it cannot be kept that it is one: the platform brings it again", async () => {
    const { handler, answered, said, asks } = makeHandler({}, { ...createMapStore(), putDocument: () => Promise.reject(new OmniError("store.full", "no space", { retryable: true })) });
    asks.push(toQuestion());
    await expect(handler(toMessage("1"))).rejects.toMatchObject({ code: "store.full" });
    expect([answered, said]).toEqual([[], []]);
  });

  it("is a turn of its own from somebody who may not answer, and an answer from whoever may approve", async () => {
    const { handler, answered, submitted, asks } = makeHandler();
    asks.push(toQuestion());
    await handler(toMessage("me too", { sender: "guest" }));
    expect(submitted.map(({ text, principal }) => [text, principal.id])).toEqual([["me too", "rooms:guest"]]);
    await handler(toMessage("2", { sender: "p2", platformId: "m2" }));
    expect(answered).toMatchObject([{ reply: { answer: "Blue" }, by: "rooms:p2" }]);
  });

  it("is a turn of its own where it brings more than words, which an answer has no place for", async () => {
    const { handler, answered, submitted, asks } = makeHandler();
    asks.push(toQuestion());
    await handler(toMessage("", { content: [{ type: "text", text: "this one" }, { type: "image", data: "AA==", mimeType: "image/png" }] }));
    expect([answered, submitted.map(({ text, attachments }) => [text, attachments?.length])]).toEqual([[], [["this one", 1]]]);
  });

  it("answers the question of the session that its conversation stands in, and no other", async () => {
    const { handler, answered, submitted, asks } = makeHandler({ sessionOf: async () => "rooms:hall:2" });
    asks.push({ ...toQuestion({ askId: "elsewhere" }), sessionId: "rooms:hall" }, { ...toQuestion({ askId: "here" }), sessionId: "rooms:hall:2" });
    await handler(toMessage("1"));
    expect(answered.map(({ askId }) => askId)).toEqual(["here"]);
    asks.splice(0);
    asks.push({ ...toQuestion(), sessionId: "rooms:attic" });
    await handler(toMessage("1", { platformId: "m2" }));
    expect(submitted).toHaveLength(1);
  });

  it("is a command where it is one, a turn where it has no words, and no approval", async () => {
    const { handler, answered, submitted, asks } = makeHandler();
    asks.push(toQuestion());
    await handler(toMessage("/status"));
    await handler(toMessage(" ", { platformId: "m2" }));
    asks.splice(0, 1, toQuestion({ kind: "approval" }));
    await handler(toMessage("yes", { platformId: "m3" }));
    expect(answered).toEqual([]);
    expect(submitted).toHaveLength(3);
  });

  it("is refused as any message would be where it is too large or no Unicode", async () => {
    for (const text of ["x".repeat(1_100_000), "half \ud83d of it"]) {
      const { handler, answered, said, asks } = makeHandler();
      asks.push(toQuestion());
      await handler(toMessage(text));
      expect(answered).toEqual([]);
      expect(said).toHaveLength(1);
    }
  });
});

describe("createAnsweredMessages", () => {
  const open = () => {
    const store = createMapStore();
    const clock = createManualClock();
    return { store, clock, openAgain: (name = "rooms") => createAnsweredMessages(name, store, createRecordingLog(), clock) };
  };

  it("remembers the newest of a channel in a document that does not grow", async () => {
    const { clock, openAgain } = open();
    const answered = openAgain();
    for (let index = 0; index < 400; index += 1) await answered.note(`m${index}`, `${index}`);
    await clock.advance(600_001);
    await answered.note("m200", "");
    const again = openAgain();
    expect(await Promise.all(["m0", "m143", "m144", "m200", "m399"].map(again.find))).toEqual([undefined, undefined, "144", "", "399"]);
    expect(await openAgain("attic").find("m399")).toBeUndefined();
  });

  it("remembers all of the last ten minutes, however many, also after a restart", async () => {
    const { clock, openAgain } = open();
    await openAgain().note("first", "1");
    await clock.advance(600_000);
    const answered = openAgain();
    for (let index = 0; index < 300; index += 1) await answered.note(`m${index}`, "");
    expect(await Promise.all(["first", "m0"].map(openAgain().find))).toEqual(["1", ""]);
    await clock.advance(1);
    await openAgain().note("last", "");
    expect(await Promise.all(["first", "m0", "last"].map(openAgain().find))).toEqual([undefined, "", ""]);
  });

  it("remembers no more than 4,096 of them", async () => {
    const { store, clock, openAgain } = open();
    await store.putDocument("channel-answers", "rooms", Array.from({ length: 4_096 }, (_each, index) => [`m${index}`, "", clock.now()]));
    await openAgain().note("last", "");
    expect(await Promise.all(["m0", "m1", "last"].map(openAgain().find))).toEqual([undefined, "", ""]);
  });

  it("takes entries that do not say when they were noted for old ones", async () => {
    const { store, openAgain } = open();
    await store.putDocument("channel-answers", "rooms", Array.from({ length: 256 }, (_each, index) => [`m${index}`, `${index}`]));
    await openAgain().note("last", "");
    expect(await Promise.all(["m0", "m1", "last"].map(openAgain().find))).toEqual([undefined, "1", ""]);
  });

  it("takes a document of another form for an empty one", async () => {
    const store = createMapStore();
    for (const odd of ["text", { a: 1 }, [["m1"]], [1, ["m1", 2]], [["m1", { turnId: "t0", askId: "a1" }]]]) {
      await store.putDocument("channel-answers", "rooms", odd);
      expect(await createAnsweredMessages("rooms", store, createRecordingLog(), createManualClock()).find("m1")).toBeUndefined();
    }
  });
});
