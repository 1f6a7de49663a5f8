import { describe, expect, it } from "vitest";
import type { Principal } from "@omni/core";
import { createSessionQueues } from "../src/session-queues.ts";
import { createTurnShares } from "../src/turn-shares.ts";

const guest: Principal = { id: "token:guest", scopes: ["read", "chat", "approve"] };
const other: Principal = { ...guest, id: "token:other" };
const admin: Principal = { id: "token:admin", scopes: ["admin"] };

function open(most: number) {
  const shares = createTurnShares(createSessionQueues(1), most);
  const begin = (principal: Principal, work: () => Promise<void>): Promise<void> => shares.queues.run("s", { principalId: principal.id, signal: new AbortController().signal }, work);
  const isFull = (principal: Principal): boolean => {
    try {
      shares.reserve(principal)();
      return false;
    } catch (error) {
      expect(error).toMatchObject({ code: "request.too-many", retryable: true });
      return true;
    }
  };
  return { shares, begin, isFull };
}

describe("what one principal may have running and waiting", () => {
  it("is bounded, counts what is being taken in, and is nobody else's", () => {
    const { shares, isFull } = open(2);
    const first = shares.reserve(guest);
    shares.reserve(guest);
    for (let count = 0; count < 5; count += 1) shares.reserve(admin);
    expect([isFull(guest), isFull(other), isFull(admin)]).toEqual([true, false, false]);
    first();
    expect(isFull(guest)).toBe(false);
  });

  it("counts until it is over, well or not", async () => {
    const { shares, begin, isFull } = open(2);
    const gate = Promise.withResolvers<void>();
    const works = [begin(guest, () => gate.promise), begin(guest, () => Promise.reject(new Error("broke"))), begin(other, async () => undefined)];
    expect([isFull(guest), isFull(other), shares.queues.open]).toEqual([true, false, 3]);
    gate.resolve();
    await Promise.allSettled(works);
    expect([isFull(guest), shares.queues.open, shares.queues.running]).toEqual([false, 0, 0]);
  });
});
