import { afterEach, describe, expect, it } from "vitest";
import type { SecurityPolicy, Tool } from "@omni/core";
import type { ProviderScript } from "@omni/testkit/fakes";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { TalkingPlace, TalkingPlaceOptions } from "./talking-place.ts";
import { createTalkingPlace } from "./talking-place.ts";

let place: TalkingPlace | undefined;
const make = async (options?: TalkingPlaceOptions): Promise<TalkingPlace> => (place = await createTalkingPlace(options));
afterEach(() => place?.dispose());

const asking: Partial<SecurityPolicy> = { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "sure?", rule: "test" }) };
const append = (text: string) => callReply([{ name: "echo.append", arguments: { text } }]);

/** A tool that asks which colour, and says what it was told. */
const askTool: Tool = {
  name: "echo.colour",
  description: "Asks which colour.",
  inputSchema: { type: "object" },
  effect: "read",
  execute: async (_input, context) => ({ content: [{ type: "text", text: `chosen: ${await context.ask({ question: "Which colour?", choices: ["red", "blue"] })}` }] }),
};

describe("a message from a channel", () => {
  it("is answered in its conversation, through the tools, in parts where the answer is long", async () => {
    const made = await make({ script: [append("x"), textReply("word ".repeat(30))], capabilities: { maxMessageLength: 100 } });
    await made.open();
    expect(await made.write("append it")).toBe(true);
    const shown = await made.shown(2);
    expect(made.echo.appended).toEqual(["x"]);
    expect(shown.map((each) => each.replace("hall: ", "")).join(" ")).toBe("word ".repeat(30).trim());
  });

  it("is one turn however often it comes", async () => {
    const made = await make({ script: [textReply("one"), textReply("two")] });
    await made.open();
    await made.write("hi", { platformId: "same" });
    await made.write("hi", { platformId: "same" });
    await made.shown(1);
    await made.write("hi", { platformId: "same" });
    await made.write("more");
    expect(await made.shown(2)).toEqual(["hall: one", "hall: two"]);
    expect(made.provider.requests).toHaveLength(2);
  });

  it("has its conversation's own session, and keeps the order in it", async () => {
    const made = await make({ script: (request) => textReply(`${JSON.stringify(request.messages).match(/say \w+/g)?.join(", ") ?? ""}`) });
    await made.open();
    for (const [text, conversation] of [["say a", "hall"], ["say b", "attic"], ["say c", "hall"]] as const) await made.write(text, { conversation });
    const shown = await made.shown(3);
    expect(shown.filter((each) => each.startsWith("hall"))).toEqual(["hall: say a", "hall: say a, say a, say c"]);
    expect(shown).toContain("attic: say b");
  });

  it("is dropped where nobody was named, and where the configuration is at fault nothing is received", async () => {
    const made = await make({ channels: { rooms: { use: "fake", with: {} }, http: { use: "fake", with: { allow: ["p1"] } }, token: { use: "fake", with: { allow: ["p1"] } }, Attic: { use: "fake", with: { allow: ["p1"] } }, cellar: { use: "fake", with: { allow: ["@ada"] } } } });
    const runtime = await made.open();
    await made.until(() => runtime.channels().every(({ state }) => state !== "starting"));
    expect(runtime.channels().map(({ name, state }) => [name, state])).toEqual([["rooms", "receiving"], ["http", "failed"], ["token", "failed"], ["Attic", "failed"], ["cellar", "failed"]]);
    expect(runtime.channels().slice(1).every(({ name, reason }) => reason?.includes(`channels.${name}`))).toBe(true);
    expect(await made.write("hi")).toBe(true);
    expect(made.provider.requests).toEqual([]);
    expect(made.platform.shown).toEqual([]);
  });
});

describe("a call that needs an approval", () => {
  const question = 'hall: echo.append wants to run with {"text":"x"}\nsure?\nAnswer /approve, /approve always or /deny.';

  it("is told in the conversation, runs by /approve there, and its answer arrives", async () => {
    const made = await make({ policy: asking, script: [append("x"), textReply("done")] });
    await made.open();
    await made.write("append it");
    expect(await made.shown(1)).toEqual([question]);
    expect(made.echo.appended).toEqual([]);
    await made.write("/approve");
    expect((await made.shown(3)).slice(1).toSorted()).toEqual(["hall: Approved: echo.append.", "hall: done"]);
    expect(made.echo.appended).toEqual(["x"]);
  });

  it("does not run by an approval that is delivered again after the next call asked", async () => {
    const made = await make({ policy: asking, script: [append("x"), append("y"), textReply("done")] });
    const runtime = await made.open();
    await made.write("append them");
    await made.shown(1);
    await made.write("/approve", { platformId: "same" });
    await made.until(() => runtime.asks().some(({ ask }) => ask.arguments["text"] === "y"));
    await made.write("/approve", { platformId: "same" });
    expect(runtime.asks()).toHaveLength(1);
    expect(made.echo.appended).toEqual(["x"]);
  });

  // Fails until the runner makes no second rows of a question that is recorded again after a restart.
  it("does not run by an approval that is delivered again after a restart", async () => {
    const made = await make({ policy: asking, script: [append("x"), append("y"), textReply("done")] });
    const before = await made.open();
    await made.write("append them");
    await made.shown(1);
    await made.write("/approve", { platformId: "same" });
    await made.until(() => before.asks().some(({ ask }) => ask.arguments["text"] === "y"));
    await made.kill();
    const runtime = await made.open();
    await made.until(() => runtime.asks().length === 1);
    await made.write("/approve", { platformId: "same" });
    expect(runtime.asks()).toHaveLength(1);
    expect(made.echo.appended).toEqual(["x"]);
  });

  it("does not run by the word of a guest", async () => {
    const made = await make({ policy: asking, script: [append("x"), textReply("not done")], channels: { rooms: { use: "fake", with: { allow: ["*", "p1"] } } } });
    const runtime = await made.open();
    await made.write("append it", { sender: "guest" });
    await made.shown(1);
    await made.write("/approve", { sender: "guest" });
    expect((await made.shown(2)).at(-1)).toBe("hall: Only somebody with scope approve may answer this.");
    expect(runtime.asks()).toHaveLength(1);
    await made.write("/deny");
    await made.shown(4);
    expect(made.echo.appended).toEqual([]);
  });

  // Fails until the runner makes no second rows of a question that is recorded again after a restart.
  it("is asked once over a restart, and can be approved after it", async () => {
    const made = await make({ policy: asking, script: [append("x"), textReply("done")] });
    await made.open();
    await made.write("append it");
    await made.shown(1);
    await made.kill();
    const runtime = await made.open();
    await made.until(() => runtime.asks().length === 1);
    await made.write("/approve");
    const shown = await made.shown(3);
    expect(shown.filter((each) => each === question)).toHaveLength(1);
    expect(shown).toContain("hall: done");
    expect(made.echo.appended).toEqual(["x"]);
  });
});

describe("a question of a tool", () => {
  it("is answered by the next message, and that is no turn", async () => {
    const made = await make({ tools: [askTool], script: (request, index) => (index === 0 ? callReply([{ name: "echo.colour", arguments: {} }]) : textReply(/chosen: \w+/.exec(JSON.stringify(request.messages))?.[0] ?? "nothing")) });
    await made.open();
    await made.write("which?");
    expect(await made.shown(1)).toEqual(["hall: Which colour?\n1. red\n2. blue\nYour next message is the answer."]);
    await made.write("2", { platformId: "same" });
    expect((await made.shown(2)).at(-1)).toBe("hall: chosen: blue");
    await made.write("2", { platformId: "same" });
    await made.host.clock.advance(60_000);
    expect(made.platform.shown).toHaveLength(2);
    expect(made.provider.requests).toHaveLength(2);
  });
});

describe("messages that come while a tool asks", () => {
  const talk: ProviderScript = (request, index) => {
    if (index === 0) return callReply([{ name: "echo.colour", arguments: {} }]);
    return textReply(/chosen: \w+/.exec(JSON.stringify(request.messages.at(-1)))?.[0] ?? `heard ${/more \w+/.exec(JSON.stringify(request.messages.at(-1)))?.[0]}`);
  };

  it("at the same time: the first is the answer, and the second is a turn after it", async () => {
    const made = await make({ tools: [askTool], script: talk });
    await made.open();
    await made.write("which?");
    await made.shown(1);
    expect(await Promise.all([made.write("2"), made.write("more tea")])).toEqual([true, true]);
    expect((await made.shown(3)).slice(1)).toEqual(["hall: chosen: blue", "hall: heard more tea"]);
  });

  it("and had begun to answer when the process died: not lost where the question was answered otherwise", async () => {
    let isDying = true;
    const made = await make({
      tools: [askTool],
      script: talk,
      store: (store) => ({ ...store, append: (turnId, fence, events, outbox) => (isDying && events.some(({ type }) => type === "answer") ? new Promise(() => undefined) : store.append(turnId, fence, events, outbox)) }),
    });
    const before = await made.open();
    await made.write("which?");
    await made.shown(1);
    const message = { platformId: "same", conversation: "hall", sender: "p1", content: [{ type: "text" as const, text: "more tea" }], at: 0 };
    void made.platform.receiver?.(message).catch(() => undefined);
    await made.until(() => before.asks().length === 0);
    await made.kill();
    isDying = false;
    const runtime = await made.open();
    await made.until(() => runtime.asks().length === 1);
    await runtime.answer(runtime.asks()[0]?.ask.askId ?? "", { answer: "red" }, { id: "owner", scopes: ["approve"] });
    await made.until(() => runtime.asks().length === 0);
    expect(await made.write("more tea", { platformId: "same" })).toBe(true);
    expect((await made.shown(3)).slice(1)).toEqual(["hall: chosen: red", "hall: heard more tea"]);
  });

  it("again, and began the turn that asks: they do not answer themselves", async () => {
    const made = await make({ tools: [askTool], script: talk });
    const runtime = await made.open();
    await made.write("more of it", { platformId: "same" });
    await made.shown(1);
    await made.write("more of it", { platformId: "same" });
    expect(runtime.asks()).toHaveLength(1);
    await made.write("1");
    expect((await made.shown(2)).at(-1)).toBe("hall: chosen: red");
    expect(made.provider.requests).toHaveLength(2);
  });
});

describe("a command from a channel", () => {
  it("is answered once, and a second delivery does nothing more, also in another life", async () => {
    const made = await make({ script: (request) => textReply(JSON.stringify(request.messages.at(-1)).includes("task") ? "worked" : "talked") });
    const runtime = await made.open();
    for (let time = 0; time < 2; time += 1) {
      await made.write("/bg task", { platformId: "bg" });
      await made.write("/new", { platformId: "new" });
    }
    await made.shown(3);
    const sessions = await runtime.store.sessions({ limit: 10 });
    expect(sessions.filter(({ sessionId }) => sessionId.includes(":bg-"))).toHaveLength(1);
    await made.kill();
    await made.open();
    await made.write("/bg task", { platformId: "bg" });
    await made.write("/new", { platformId: "new" });
    await made.host.clock.advance(60_000);
    expect(made.platform.shown.map(({ message }) => message.text.slice(0, 14)).toSorted()).toEqual(["A new session ", "Working on it ", "worked"]);
    expect(made.provider.requests).toHaveLength(1);
  });
});

describe("a guest", () => {
  const channels = { rooms: { use: "fake", with: { allow: ["*", "p1"] } } };
  const commands = ["/sessions", "/resume rooms:private", "what was said?"];

  // Fails until the commands ask who may see a session.
  it("sees and enters no session but those of the own conversation", async () => {
    const made = await make({ channels, script: (request) => textReply(JSON.stringify(request.messages).includes("secret") ? "I know the secret" : "nothing") });
    await made.open();
    await made.write("my secret is 42", { conversation: "private" });
    await made.shown(1);
    for (const [index, text] of ["hello", ...commands].entries()) {
      await made.write(text, { conversation: "lobby", sender: "guest" });
      await made.shown(index + 2);
    }
    const shown = (await made.shown(5)).slice(1);
    expect(shown.filter((each) => each.includes("secret"))).toEqual([]);
    expect(shown[1]).toMatch(/^lobby: rooms:lobby \(this one\): 1 turns[^\n]*$/);
  });

  it("goes on in a former session of the own conversation", async () => {
    const made = await make({ channels, script: (request) => textReply(JSON.stringify(request.messages).includes("blue") ? "blue" : "nothing") });
    await made.open();
    for (const [index, text] of ["it is blue", "/new", "what is it?", "/resume rooms:lobby", "what is it?"].entries()) {
      await made.write(text, { conversation: "lobby", sender: "guest" });
      await made.shown(index + 1);
    }
    expect(made.platform.shown.map(({ message }) => message.text).filter((text) => text === "blue" || text === "nothing")).toEqual(["blue", "nothing", "blue"]);
  });
});

describe("a process that dies", () => {
  it("between the acceptance and the answer: the next one answers once", async () => {
    const made = await make({ script: [{ stall: true }, textReply("the answer")] });
    await made.open();
    expect(await made.write("hi", { platformId: "same" })).toBe(true);
    await made.until(() => made.provider.requests.length === 1);
    await made.kill();
    await made.open();
    await made.write("hi", { platformId: "same" });
    await made.shown(1);
    await made.host.clock.advance(600_000);
    expect(await made.shown(1)).toEqual(["hall: the answer"]);
  });

  it("between the answer and its delivery: the next one delivers it once, unlabelled", async () => {
    const made = await make({ script: [textReply("the answer")] });
    const runtime = await made.open();
    made.platform.faults.push("refused", "refused", "refused");
    await made.write("hi");
    await made.until(async () => (await runtime.store.outbox("rooms", 10)).length === 1);
    await made.kill();
    expect(made.platform.shown).toEqual([]);
    made.platform.faults.splice(0);
    await made.open();
    await made.shown(1);
    await made.host.clock.advance(600_000);
    expect(await made.shown(1)).toEqual(["hall: the answer"]);
    expect(made.provider.requests).toHaveLength(1);
  });

  it("in the middle of the delivery: the next one repeats it once with a label, or not at all where the platform drops repeats", async () => {
    for (const deduplicates of [false, true]) {
      const made = await make({ script: [textReply("the answer")], capabilities: { deduplicates }, store: (store) => ({ ...store, updateOutbox: async (...given) => (given[1].state === "sent" && isFirst() ? new Promise(() => undefined) : store.updateOutbox(...given)) }) });
      let sends = 0;
      const isFirst = (): boolean => (sends += 1) === 1;
      await made.open();
      await made.write("hi");
      await made.shown(1);
      await made.kill();
      await made.open();
      await made.host.clock.advance(600_000);
      expect(made.platform.shown.map(({ message }) => message.text)).toEqual(deduplicates ? ["the answer"] : ["the answer", "(perhaps sent before)\nthe answer"]);
      await made.dispose();
    }
  });
});

describe("the end of a gateway", () => {
  it("takes no more messages, and delivers what was answered", async () => {
    const going = Promise.withResolvers<void>();
    const made = await make({ script: async () => (await going.promise, textReply("the answer")) });
    const runtime = await made.open();
    await made.write("hi");
    await made.until(() => made.provider.requests.length === 1);
    let isDrained = false;
    const draining = runtime.drain(30_000).then(() => (isDrained = true));
    expect(made.platform.receiver).toBeUndefined();
    await made.host.clock.advance(1_000);
    expect(isDrained).toBe(false);
    going.resolve();
    await made.shown(1);
    await draining;
    await runtime.close();
    expect(made.platform.shown.map(({ message }) => message.text)).toEqual(["the answer"]);
  });

  it("leaves an answer that its platform refuses for now to the next start, and does not wait for it", async () => {
    const made = await make({ script: [textReply("the answer")] });
    const runtime = await made.open();
    made.platform.faults.push("refused");
    await made.write("hi");
    await made.until(() => made.platform.faults.length === 0);
    let isDown = false;
    void runtime.drain(30_000).then(runtime.close).then(() => (isDown = true));
    await made.until(() => isDown);
    expect(made.platform.shown).toEqual([]);
    await made.open();
    expect(await made.shown(1)).toEqual(["hall: the answer"]);
  });
});
