import { describe, expect, it } from "vitest";
import type { DurableEvent, ModelReplyEvent, Principal, PromptEvent, QueueMode, SteerEvent, ToolResultEvent, TurnOutcome, TurnRecord } from "@omni/core";
import { readDigests } from "../../src/consolidation/read-digests.ts";

const owner: Principal = { id: "owner", scopes: ["chat", "approve"] };

const prompt = (text: string, more: Partial<PromptEvent> = {}): PromptEvent => ({ type: "prompt", blocks: [], recalled: [], historyFrom: null, text, ...more });
const result = (name: string, text: string, more: Partial<ToolResultEvent> = {}): ToolResultEvent => ({ type: "tool-result", callId: "c", round: 1, index: 0, name, status: "completed", content: [{ type: "text", text }], at: 0, ...more });

interface Given {
  readonly text: string;
  readonly events: readonly DurableEvent[];
  readonly principal?: Principal;
  readonly mode?: QueueMode;
  readonly output?: string;
}

const steer = (turnId: string, text: string): SteerEvent => ({ type: "steer", round: 1, text, turnId, at: 0 });
const reply = (round: number, text: string): ModelReplyEvent => ({ type: "model-reply", round, text, reasoning: "", calls: [], finish: "stop", usage: { inputTokens: 0, outputTokens: 0, reported: false }, at: 0 });

/** A store of these turns, in this order. */
function keeping(turns: Readonly<Record<string, Given>>, texts: Readonly<Record<string, string>> = {}): Parameters<typeof readDigests>[1] {
  const ids = Object.keys(turns);
  const toRecord = (turnId: string): TurnRecord | undefined => {
    const given = turns[turnId];
    if (given === undefined) return undefined;
    const input = { turnId, sessionId: "test:a", text: given.text, principal: given.principal ?? owner, autonomy: "full", workspace: "/w", origin: "test", interactive: true, at: 0, ...(given.mode === undefined ? {} : { mode: given.mode }) } as const;
    const outcome: TurnOutcome = { turnId, sessionId: "test:a", status: "completed", output: given.output ?? "", rounds: 1, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error: null };
    return { input, status: "completed", owner: null, ownerAlive: false, fence: 1, attempts: 1, startedAt: 0, endedAt: 0, outcome };
  };
  return {
    turn: async (turnId) => toRecord(turnId),
    events: async (turnId) => turns[turnId]?.events ?? [],
    turns: async (_sessionId, { limit, before }) => ids.slice(0, before === undefined ? ids.length : ids.indexOf(before)).toReversed().slice(0, limit).flatMap((turnId) => toRecord(turnId) ?? []),
    readText: async (_sessionId, id) => (texts[id] === undefined ? undefined : { text: texts[id], length: texts[id].length }),
  };
}

const usersOf = async (turns: Readonly<Record<string, Given>>, texts?: Readonly<Record<string, string>>): Promise<readonly string[]> => (await readDigests(Object.keys(turns), keeping(turns, texts))).map(({ user }) => user);

describe("what is kept in mind of a message", () => {
  it("is what a model was told of it, not what a hook took out of it", async () => {
    expect(await usersOf({ t1: { text: "my card is 4111 1111", events: [prompt("my card is [hidden]")] } })).toEqual(["my card is [hidden]"]);
  });

  it("is nothing where no model was told of it, as of one that a hook refused", async () => {
    expect(await usersOf({ t1: { text: "my card is 4111 1111", events: [] } })).toEqual([""]);
  });

  it("is all of one that was too long for a prompt", async () => {
    expect(await usersOf({ t1: { text: "raw", events: [prompt("head [...] tail", { checkpointId: "k1" })] } }, { k1: "head and all the rest and tail" })).toEqual(["head and all the rest and tail"]);
  });

  it("of one that joined a running turn is what that turn was told, by who sent it", async () => {
    const turns = { t1: { text: "go", events: [prompt("go"), steer("t3", "and the [hidden] too")] }, t2: { text: "other", events: [prompt("other")] }, t3: { text: "and the secret too", events: [], principal: { id: "guest", scopes: ["chat"] } as const } };
    const digests = await readDigests(["t1", "t2", "t3"], keeping(turns));
    expect(digests.map(({ user, principalId, isOwn }) => [user, principalId, isOwn])).toEqual([["go", "owner", true], ["other", "owner", true], ["and the [hidden] too", "guest", false]]);
  });
});

describe("messages that a turn took in", () => {
  const joined = Array.from({ length: 40 }, (_, index) => [`j${index}`, { text: `message ${index}`, events: [], mode: "collect", output: "All of it is done." } as const] as const);
  const turns: Readonly<Record<string, Given>> = {
    taker: { text: "go", events: [prompt("go"), ...joined.map(([turnId, { text }]) => steer(turnId, text))], output: "All of it is done." },
    ...Object.fromEntries(joined),
  };
  const words = joined.map(([, { text }]) => text);

  it("are all there, however many, and however long before their batch that turn was", async () => {
    expect(await usersOf(turns)).toEqual(["go", ...words]);
    const late = joined.slice(35).map(([turnId]) => turnId);
    expect((await readDigests(late, keeping(turns))).map(({ user }) => user)).toEqual(words.slice(35));
  });

  it("have that turn looked into once for all of them", async () => {
    const looked: string[] = [];
    const store = keeping(turns);
    await readDigests(joined.slice(30).map(([turnId]) => turnId), { ...store, events: async (turnId) => (looked.push(turnId), store.events(turnId)) });
    expect(looked.filter((turnId) => turnId === "taker")).toHaveLength(1);
  });

  it("leave the answer to the turn that gave it", async () => {
    expect((await readDigests(Object.keys(turns), keeping(turns))).map(({ output }) => output).filter((output) => output !== "")).toEqual(["All of it is done."]);
  });
});

describe("what the assistant said", () => {
  const outputOf = async (output: string, ...events: readonly DurableEvent[]): Promise<string | undefined> => (await readDigests(["t1"], keeping({ t1: { text: "go", events: [prompt("go"), ...events], output } })))[0]?.output;

  it.each([
    ["beside its calls and at the end", "It is in the barn.", [reply(1, "I look for the key first."), reply(2, ""), reply(3, "It is in the barn.")], "I look for the key first.\n\nIt is in the barn."],
    ["in a turn that broke off", "", [reply(1, "The key has the number 7.")], "The key has the number 7."],
    ["in a turn that reached a limit, once", "Half is done.\n\nI stopped after 2 rounds.", [reply(1, "I begin."), reply(2, "Half is done.\n")], "I begin.\n\nHalf is done.\n\nI stopped after 2 rounds."],
    ["without a reply", "I stopped.", [], "I stopped."],
  ] as const)("%s", async (_where, output, events, whole) => {
    expect(await outputOf(output, ...events)).toBe(whole);
  });
});

describe("a turn", () => {
  const trustOf = async (...events: readonly DurableEvent[]): Promise<readonly boolean[]> => (await readDigests(["t1"], keeping({ t1: { text: "go", events } }))).flatMap(({ isOwn, isTrusted }) => [isOwn, isTrusted]);

  it.each([
    ["that read only what is its owner's", [prompt("go"), result("files.read", "oats")], true],
    ["that was given what strangers wrote", [prompt("go"), result("web.fetch", "oats", { isForeign: true })], false],
    ["that was given a picture of theirs and no word", [prompt("go"), result("x.y", "", { content: [{ type: "image", data: "AAAA", mimeType: "image/png" }], isForeign: true })], false],
    ["whose prompt held what strangers wrote", [prompt("go", { isForeign: true })], false],
    ["that was given what only looks like it", [prompt("go"), result("files.read", '<untrusted source="web.fetch">\noats\n</untrusted>')], true],
  ] as const)("%s is trusted with what it made of it: %j", async (_what, events, isTrusted) => {
    expect(await trustOf(...events)).toEqual([true, isTrusted]);
  });
});
