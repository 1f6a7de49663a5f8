import { describe, expect, it } from "vitest";
import fc from "fast-check";
import type { Principal, TurnInput } from "@omni/core";
import { createTurnStream } from "../src/turn-stream.ts";
import { createWaitingCharacters } from "../src/waiting-characters.ts";

const guest: Principal = { id: "token:guest", scopes: ["chat"] };
const other: Principal = { ...guest, id: "token:other" };
const admin: Principal = { id: "token:admin", scopes: ["admin"] };
const pass = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

let turns = 0;
const input = (characters: number, principal: Principal, more: Partial<TurnInput> = {}): TurnInput => ({ turnId: `t${(turns += 1)}`, sessionId: "test:a", text: "x".repeat(characters), principal, autonomy: "full", workspace: "/", origin: "test", interactive: true, at: 1, ...more });

function open(inAll: number, each: number) {
  const waiting = createWaitingCharacters({ inAll, each });
  const isFull = (principal: Principal): boolean => {
    try {
      waiting.reserve(input(1, principal))();
      return false;
    } catch (error) {
      expect(error).toMatchObject({ code: "request.too-many", retryable: true, retryAfterMs: 5_000 });
      return true;
    }
  };
  return { waiting, isFull };
}

describe("the characters of messages that wait", () => {
  it("are bounded for each principal without scope admin, and for all together", () => {
    const { waiting, isFull } = open(30, 10);
    waiting.reserve(input(10, guest));
    expect([isFull(guest), isFull(other), isFull(admin)]).toEqual([true, false, false]);
    waiting.reserve(input(20, admin));
    expect([isFull(guest), isFull(other), isFull(admin)]).toEqual([true, true, true]);
  });

  it("are said to be what is full", () => {
    const { waiting } = open(30, 10);
    waiting.reserve(input(10, guest));
    expect(() => waiting.reserve(input(1, guest))).toThrow(/^10 characters of messages of yours wait here already/);
    waiting.reserve(input(20, other));
    expect(() => waiting.reserve(input(1, admin))).toThrow(/^30 characters of messages wait here already/);
  });

  it("let one message be larger than a bound where nothing waits, and count what came with the words", () => {
    const { waiting, isFull } = open(30, 10);
    const giveBack = waiting.reserve(input(1, guest, { attachments: [{ type: "image", data: "x".repeat(1_000), mimeType: "image/png" }] }));
    expect([isFull(guest), isFull(other)]).toEqual([true, true]);
    giveBack();
    expect([isFull(guest), isFull(other)]).toEqual([false, false]);
  });

  it("count until the turn has ended, not when the store holds it up, and once however often it is held", async () => {
    const { waiting, isFull } = open(30, 10);
    const message = input(10, guest);
    const stream = createTurnStream();
    const taken = waiting.reserve(message);
    for (let times = 0; times < 3; times += 1) waiting.hold(message, stream);
    taken();
    expect([isFull(guest), isFull(other)]).toEqual([true, false]);
    stream.holdUp(new Error("the disk is full"));
    await pass();
    expect(isFull(guest)).toBe(true);
    stream.end(new Error("stopped"));
    await pass();
    expect(isFull(guest)).toBe(false);
  });

  it("pass a bound by one message at most, and come to nothing when all has ended", async () => {
    const message = fc.record({ characters: fc.nat(40), who: fc.constantFrom(guest, other), isRecovered: fc.boolean(), ends: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 30 }), async (messages) => {
        const { waiting, isFull } = open(60, 30);
        const held: { readonly stream: ReturnType<typeof createTurnStream>; readonly who: Principal; readonly characters: number }[] = [];
        const sum = (who?: Principal): number => held.reduce((total, each) => total + (who === undefined || each.who === who ? each.characters : 0), 0);
        for (const { characters, who, isRecovered, ends } of messages) {
          const mayBe = sum() < 60 && sum(who) < 30;
          expect(isFull(who)).toBe(!mayBe);
          if (!mayBe && !isRecovered) continue;
          const stream = createTurnStream();
          const one = input(characters, who);
          const taken = isRecovered ? undefined : waiting.reserve(one);
          waiting.hold(one, stream);
          taken?.();
          if (ends) stream.end(new Error("ended"));
          else held.push({ stream, who, characters });
          await pass();
        }
        for (const { stream } of held) stream.end(new Error("ended"));
        await pass();
        expect([isFull(guest), isFull(other)]).toEqual([false, false]);
      }),
      { numRuns: 60 },
    );
  });
});
