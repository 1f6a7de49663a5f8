import { describe, expect, it } from "vitest";
import type { Message } from "@omni/core";
import fc from "fast-check";
import type { Conversation, Shown } from "../src/budget.ts";
import { fitConversation, toBudget } from "../src/budget.ts";
import { createTokenCost } from "../src/token-cost.ts";
import type { Round } from "../src/transcript.ts";

const cost = () => createTokenCost({ count: (text) => text.length, calibrate: () => undefined });
const user = (text: string): Message => ({ role: "user", content: [{ type: "text", text }] });
const round = (number: number, size: number): Round => ({
  number,
  messages: [
    { role: "assistant", text: "", toolCalls: [{ id: `c${number}`, name: "a.b", arguments: "{}" }] },
    { role: "tool", callId: `c${number}`, name: "a.b", content: [{ type: "text", text: "x".repeat(size) }], isError: false },
  ],
});
const shownAll = (conversation: Conversation): Shown => ({ historyFrom: conversation.history[0]?.turnId ?? null, roundsThrough: 0 });

const conversations = fc.record({
  system: fc.constant("system"),
  tools: fc.constant([]),
  user: fc.nat({ max: 200 }).map((size) => user("u".repeat(size))),
  history: fc.array(fc.nat({ max: 400 }), { maxLength: 12 }).map((sizes) => sizes.map((size, index) => ({ turnId: `t${index}`, messages: [user("h".repeat(size))] }))),
  rounds: fc.array(fc.nat({ max: 400 }), { maxLength: 12 }).map((sizes) => sizes.map((size, index) => round(index + 1, size))),
});

describe("fitConversation", () => {
  it("never exceeds the budget, never orphans a call, and always keeps the newest user message", () => {
    fc.assert(
      fc.property(conversations, fc.integer({ min: 100, max: 4_000 }), (conversation, budget) => {
        const counter = cost();
        const fit = fitConversation(conversation, shownAll(conversation), budget, counter);
        if (fit === undefined) return;
        const counted = counter.text("system") + fit.messages.reduce((total, message) => total + counter.message(message), 0);
        expect(counted).toBeLessThanOrEqual(budget);
        const calls = fit.messages.flatMap((message) => (message.role === "assistant" ? message.toolCalls.map((call) => call.id) : []));
        const results = fit.messages.flatMap((message) => (message.role === "tool" ? [message.callId] : []));
        expect(results).toEqual(calls);
        const said = fit.messages.filter((message) => message.role === "user").flatMap((message) => message.content);
        expect(said).toContainEqual((conversation.user as Extract<Message, { role: "user" }>).content[0]);
      }),
    );
  });

  it("shows the same prefix again as long as the conversation fits", () => {
    const conversation = { system: "s", tools: [], user: user("go"), history: [{ turnId: "t0", messages: [user("before")] }], rounds: [round(1, 10)] };
    const counter = cost();
    const first = fitConversation(conversation, shownAll(conversation), 1_000, counter);
    const second = fitConversation({ ...conversation, rounds: [...conversation.rounds, round(2, 10)] }, shownAll(conversation), 1_000, counter);
    expect(second?.messages.slice(0, first?.messages.length)).toEqual(first?.messages);
    expect(second?.isTrimmed).toBe(false);
  });

  it("cuts once to half when over budget and then grows again without cutting each time", () => {
    const rounds: Round[] = [];
    let shown: Shown = { historyFrom: null, roundsThrough: 0 };
    let trims = 0;
    const counter = cost();
    for (let number = 1; number <= 200; number += 1) {
      rounds.push(round(number, 50));
      const fit = fitConversation({ system: "s", tools: [], user: user("go"), history: [], rounds }, shown, 2_000, counter);
      expect(fit?.tokens).toBeLessThanOrEqual(2_000);
      if (fit?.isTrimmed === true) trims += 1;
      if (fit !== undefined) shown = { historyFrom: fit.historyFrom, roundsThrough: fit.roundsThrough };
    }
    expect(trims).toBeGreaterThan(0);
    expect(trims).toBeLessThan(30);
  });

  it("keeps the newest work as far as there is room, also when a reply of nothing came after it", () => {
    const rounds = [round(1, 600), { number: 2, messages: [] }];
    const conversation = { system: "s", tools: [], user: user("go"), history: [{ turnId: "t0", messages: [user("h".repeat(400))] }], rounds };
    const fit = fitConversation(conversation, shownAll(conversation), 1_000, cost());
    expect(fit?.isTrimmed).toBe(true);
    expect(fit?.messages.filter((message) => message.role === "tool")).toHaveLength(1);
  });

  it("gives up only when the newest user message alone does not fit", () => {
    const conversation = { system: "", tools: [], user: user("u".repeat(500)), history: [], rounds: [] };
    expect(fitConversation(conversation, shownAll(conversation), 400, cost())).toBeUndefined();
  });
});

describe("toBudget", () => {
  it("leaves room for a reply and for the error of the estimate", () => {
    expect(toBudget(32_000)).toBe(Math.floor((32_000 - 4_096) * 0.9));
    expect(toBudget(200_000)).toBe(162_000);
    expect(toBudget(1_000)).toBe(675);
  });
});
