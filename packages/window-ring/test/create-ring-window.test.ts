import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { SessionWindow, TurnSlot, WindowState } from "@omni/core";
import { createListWindows } from "@omni/testkit/fakes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRingWindow, ringWindowOptions } from "../src/index.ts";

type Command =
  | { readonly kind: "append" | "release"; readonly number: number }
  | { readonly kind: "recent" | "oldest"; readonly limit: number }
  | { readonly kind: "reopen" };

const commands: fc.Arbitrary<readonly Command[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant("append" as const), number: fc.nat(120) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("release" as const), number: fc.nat(120) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("recent" as const, "oldest" as const), limit: fc.integer({ min: -2, max: 130 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen" as const) }) },
  ),
  { maxLength: 300, size: "max" },
);

const empty: WindowState = { totalTurns: 0, totalToolCalls: 0, slots: [] };

function toSlot(number: number): TurnSlot {
  return { turnId: `t${number}`, checkpointId: `c${number}`, toolCalls: number % 7, tokens: number * 3, at: number };
}

/** What one command shows of a window. */
function apply(window: SessionWindow, command: Exclude<Command, { kind: "reopen" }>): readonly TurnSlot[] {
  if ("limit" in command) return command.kind === "recent" ? window.recent(command.limit) : window.oldest(command.limit);
  if (command.kind === "append") window.append(toSlot(command.number));
  else window.release(`t${command.number}`);
  return window.recent(Infinity);
}

function toState(window: SessionWindow): WindowState {
  const { totalTurns, totalToolCalls } = window.stats();
  return { totalTurns, totalToolCalls, slots: window.recent(Infinity) };
}

describe("a ring window", () => {
  it("does what the naive window of the same capacity does, whatever is asked of both", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), commands, (capacity, sequence) => {
        const ring = createRingWindow(ringWindowOptions.parse({ capacity }));
        const list = createListWindows(capacity);
        let window = ring.open("s", empty);
        let model = list.open("s", empty);
        for (const command of sequence) {
          if (command.kind === "reopen") {
            window = ring.open("s", toState(window));
            model = list.open("s", toState(model));
          } else {
            expect(apply(window, command)).toEqual(apply(model, command));
          }
          expect(window.stats()).toEqual(model.stats());
        }
      }),
      { numRuns: 100 },
    );
  });

  it("holds on to nothing of the turns that have left it, over ten thousand turns", async () => {
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    const window = createRingWindow(ringWindowOptions.parse({ capacity: 100 })).open("s", empty);
    const slots = Array.from({ length: 10_000 }, (_, number) => appendWeakly(window, number));
    window.release("t9959");
    await new Promise((resolve) => setImmediate(resolve));
    if (typeof collect === "function") collect();
    const held = slots.filter((slot) => slot.deref() !== undefined).length;
    expect(held).toBe(40);
    expect(window.stats()).toMatchObject({ totalTurns: 10_000, used: 40 });
  });
});

function appendWeakly(window: SessionWindow, number: number): WeakRef<TurnSlot> {
  const slot = toSlot(number);
  window.append(slot);
  return new WeakRef(slot);
}
