import { describe, expect, it } from "vitest";
import type { AskEvent, TurnEndEvent, TurnInput } from "@omni/core";
import { errorCodes } from "@omni/core";
import { createTurnOutbox } from "../../src/channels/turn-outbox.ts";
import { repeatLabel } from "../../src/channels/outbox-sender.ts";

const input: TurnInput = { turnId: "t1", sessionId: "rooms:hall", text: "hi", principal: { id: "rooms:p1", scopes: ["chat"] }, autonomy: "supervised", workspace: "/w", origin: "rooms", conversation: "hall", interactive: true, at: 0 };

const toEnd = (more: Partial<TurnEndEvent>): TurnEndEvent => ({ type: "turn-end", status: "completed", sessionId: "rooms:hall", turnId: "t1", output: "the answer", rounds: 1, toolCalls: [], usage: { inputTokens: 1, outputTokens: 1 }, error: null, tokens: 1, at: 0, ...more });
const toAsk = (more: Partial<AskEvent>): AskEvent => ({ type: "ask", askId: "a1", kind: "approval", callId: "c1", tool: "echo.append", arguments: { text: "x" }, digest: "d", reason: "it writes", at: 0, expiresAt: 1, ...more });
const toOutbox = (length?: number) => createTurnOutbox(() => length, () => undefined);

describe("createTurnOutbox", () => {
  it("makes one row of an answer that fits", () => {
    expect(toOutbox().rowsOf(input, toEnd({}))).toEqual([
      { id: "t1:end:0", turnId: "t1", part: 0, channel: "rooms", conversation: "hall", kind: "final", body: "the answer", state: "pending", receipt: null, attempts: 0 },
    ]);
  });

  it("makes rows of every end but a cancelled one", () => {
    const told = (more: Partial<TurnEndEvent>) => toOutbox().rowsOf(input, toEnd(more)).map(({ kind, body }) => [kind, body]);
    expect(told({ status: "limited", output: "That was all I may do." })).toEqual([["final", "That was all I may do."]]);
    expect(told({ status: "failed", output: "", error: { code: "provider.refused", message: "The model refused." } })).toEqual([["notice", "The model refused."]]);
    expect(told({ status: "failed", output: "Half of it.", error: { code: "provider.cut", message: "It broke off." } })).toEqual([["notice", "Half of it.\n\nIt broke off."]]);
    expect(told({ status: "failed", output: "" })).toEqual([["notice", "The turn failed."]]);
    expect(told({ output: " \n" })).toEqual([["final", "Done; there is nothing to say."]]);
    expect(told({ status: "cancelled", output: "Half of it." })).toEqual([]);
  });

  it("names no path of this machine to whoever has no scope admin", () => {
    const failed = toEnd({ status: "failed", output: "", error: { code: "files.denied", message: "EACCES: /home/ada/notes" } });
    const bodies = (scopes: TurnInput["principal"]["scopes"]) => toOutbox().rowsOf({ ...input, principal: { id: "rooms:p1", scopes } }, failed).map(({ body }) => body);
    expect([bodies(["read", "chat", "approve"]), bodies(["admin"])]).toEqual([[errorCodes["files.denied"]], ["EACCES: /home/ada/notes"]]);
  });

  it("makes none for a turn that somebody waits for, and none of what is no end and no question", () => {
    const { conversation, ...waitedFor } = input;
    expect(conversation).toBe("hall");
    expect(toOutbox().rowsOf(waitedFor, toEnd({}))).toEqual([]);
    expect(toOutbox().rowsOf(waitedFor, toAsk({}))).toEqual([]);
    expect(toOutbox().rowsOf(input, { type: "turn-start", turnId: "t1", sessionId: "rooms:hall", attempt: 1, at: 0 })).toEqual([]);
  });

  it("splits an answer as its channel takes it, with room for the label of a repeat", () => {
    const output = "word ".repeat(200);
    for (const length of [50, 100, 400]) {
      const rows = toOutbox(length).rowsOf(input, toEnd({ output }));
      expect(rows.length).toBeGreaterThan(1);
      expect(rows.every(({ body }) => body.length + repeatLabel.length <= length)).toBe(true);
      expect(rows.map(({ id, part }) => [id, part])).toEqual(rows.map((_, index) => [`t1:end:${index}`, index]));
      expect(rows.map(({ body }) => body).join(" ")).toBe(output.trim());
    }
    expect(toOutbox(1).rowsOf(input, toEnd({ output: "abc" })).map(({ body }) => body)).toEqual(["a", "b", "c"]);
  });

  it("gives the same rows to the same event, and different ids to different ones", () => {
    const output = "word ".repeat(1_000);
    const once = toOutbox().rowsOf(input, toEnd({ output }));
    expect(toOutbox().rowsOf(input, toEnd({ output }))).toEqual(once);
    const ids = [...once, ...toOutbox().rowsOf(input, toAsk({})), ...toOutbox().rowsOf(input, toAsk({ askId: "a2" }))].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("tells what a call wants and how it is answered", () => {
    expect(toOutbox().rowsOf(input, toAsk({}))).toMatchObject([{ id: "t1:a1:0", kind: "notice", body: 'echo.append wants to run with {"text":"x"}\nit writes\nAnswer /approve, /approve always or /deny.' }]);
  });

  it("tells a question with its choices by number", () => {
    const ask = toAsk({ kind: "question", question: "Which one?", choices: ["red", "blue"] });
    expect(toOutbox().rowsOf(input, ask).map(({ body }) => body)).toEqual(["Which one?\n1. red\n2. blue\nYour next message is the answer."]);
  });

  it("cuts long arguments, says by how much, and leaves no half of a character", () => {
    for (const text of ["x".repeat(5_000), "😀".repeat(3_000), `x${"😀".repeat(3_000)}`]) {
      const body = toOutbox().rowsOf(input, toAsk({ arguments: { text } })).map((row) => row.body).join("\n");
      expect(body.isWellFormed()).toBe(true);
      expect(body.length).toBeLessThan(1_700);
      expect(body).toMatch(/… \(\d+ more characters\)/);
    }
  });
});
