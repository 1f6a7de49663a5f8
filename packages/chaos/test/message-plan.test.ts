import type { JsonObject } from "@omni/core";
import { expect, it } from "vitest";
import { readNonce, readPlan, toPlanText } from "../src/world/message-plan.ts";
import { readRequest, toFinalAnswer, toReply } from "../src/world/model-script.ts";
import { toChatBody } from "./to-chat-body.ts";

const plan = { nonce: "m-000007", rounds: [["once"], ["read", "read"]], parts: 2 } as const;
const user = { role: "user", content: `<time>now</time>\n${toPlanText(plan)}` };
const calls = { role: "assistant", content: null, tool_calls: [{ id: "c0_0" }] };
const lost = { role: "tool", content: "Error (tool.unknown-fate): Whether it had its effect is unknown." };

it("a plan is read from the text it was written into, the last where there are several", () => {
  expect(readPlan(`${toPlanText({ ...plan, nonce: "m-000001" })} and ${toPlanText(plan)}`)).toEqual(plan);
  expect(readPlan("nothing of the kind")).toBeUndefined();
  expect(readNonce(`so ${plan.nonce} is done`)).toBe(plan.nonce);
});

it("a request says how far its turn is, and what the model was told of lost calls", () => {
  expect(readRequest({ tools: [], messages: [user] })).toMatchObject({ round: 0, unknown: 0 });
  expect(readRequest({ tools: [], messages: [user, calls, lost] })).toMatchObject({ round: 1, unknown: 1 });
  expect(readRequest({ tools: [], messages: [{ ...user, content: toPlanText({ ...plan, nonce: "m-000001" }) }, calls, lost, user] })).toMatchObject({ plan, round: 0, unknown: 0 });
  expect(readRequest({ tools: [], messages: [] })).toBeUndefined();
  expect(readRequest({ messages: [user] })).toBeUndefined();
});

it("the model makes the calls of the plan, reply by reply, and then says what it knows", () => {
  expect(toReply(toChatBody([user])).toolCalls).toEqual([{ id: "c0_0", name: "effect.once", arguments: { nonce: plan.nonce, step: "0.0" } }]);
  expect(toReply(toChatBody([user, calls])).toolCalls).toHaveLength(2);
  expect(toReply(toChatBody([user, calls, lost, calls])).text).toContain("the fate of 1 calls is unknown");
});

it("the ledger has the answer that the model gave, and none while there are calls left", () => {
  const answerTo = (...messages: readonly JsonObject[]): string | undefined => {
    const request = readRequest({ tools: [], messages });
    return request === undefined ? undefined : toFinalAnswer(request);
  };
  expect(answerTo(user, calls)).toBe("");
  expect(answerTo(user, calls, lost, calls)).toBe(toReply(toChatBody([user, calls, lost, calls])).text);
});
