import type { SessionWindow, SessionWindows, TurnSlot, WindowState } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase, ContractOptions, Create } from "./contract.ts";
import { describeContract } from "./contract.ts";

const nothing: WindowState = { totalTurns: 0, totalToolCalls: 0, slots: [] };

/** Most slots a case appends, so that a large capacity costs no time. */
const mostSlots = 3_000;

/** Every obligation of `SessionWindows`; see `docs/contracts/session-window.md`. */
export const sessionWindowContract: readonly ContractCase<SessionWindows>[] = [
  windowCase("W1", "a window opened on an empty state holds nothing and counts nothing", (window, windows) => {
    expect(window.stats()).toEqual({ totalTurns: 0, totalToolCalls: 0, used: 0, capacity: windows.capacity, tokens: 0 });
    expect([...window.recent(5), ...window.oldest(5)]).toEqual([]);
  }),
  windowCase("W2", "append adds the newest slot whole and counts its turn, calls and tokens", (window) => {
    appendAll(window, 1, 2);
    expect(window.recent(1)).toEqual([toSlot(2)]);
    expect(window.stats()).toMatchObject({ totalTurns: 2, totalToolCalls: 3, used: 2, tokens: 203 });
  }),
  windowCase("W3", "recent gives the newest slots, oldest first, at most as many as asked", (window) => {
    appendAll(window, 1, 3);
    expect(toNumbers(window.recent(2))).toEqual([2, 3]);
    expect(toNumbers(window.recent(9))).toEqual([1, 2, 3]);
  }),
  windowCase("W4", "oldest gives the oldest slots held, oldest first, at most as many as asked", (window) => {
    appendAll(window, 1, 3);
    expect(toNumbers(window.oldest(2))).toEqual([1, 2]);
    expect(toNumbers(window.oldest(9))).toEqual([1, 2, 3]);
  }),
  windowCase("W5", "a limit that is no positive number gives nothing, an endless one everything, a fraction its whole part", (window) => {
    appendAll(window, 1, 3);
    for (const limit of [0, -1, Number.NaN, 0.5]) expect([...window.recent(limit), ...window.oldest(limit)]).toEqual([]);
    expect(toNumbers(window.recent(Infinity))).toEqual([1, 2, 3]);
    expect(toNumbers(window.oldest(Infinity))).toEqual([1, 2, 3]);
    expect(toNumbers(window.recent(1.9))).toEqual([3]);
    expect(toNumbers(window.oldest(1.9))).toEqual([1]);
  }),
  windowCase("W6", "a turn that is appended again while it is held changes nothing", (window) => {
    appendAll(window, 1, 2);
    const before = window.stats();
    window.append({ ...toSlot(1), tokens: 999, toolCalls: 9 });
    window.append(toSlot(2));
    expect(window.stats()).toEqual(before);
    expect(window.recent(9)).toEqual([toSlot(1), toSlot(2)]);
  }),
  windowCase("W7", "release lets go of every slot through the named turn, and of its tokens", (window) => {
    appendAll(window, 1, 3);
    window.release("turn-2");
    expect(toNumbers(window.oldest(9))).toEqual([3]);
    expect(toNumbers(window.recent(9))).toEqual([3]);
    expect(window.stats()).toMatchObject({ used: 1, tokens: 103 });
  }),
  windowCase("W8", "release of a turn that is not held releases nothing", (window) => {
    appendAll(window, 1, 3);
    window.release("turn-9");
    window.release("");
    window.release("turn-1");
    window.release("turn-1");
    expect(toNumbers(window.recent(9))).toEqual([2, 3]);
  }),
  windowCase("W9", "totals stay when slots are released", (window) => {
    appendAll(window, 1, 3);
    window.release("turn-3");
    expect(window.stats()).toMatchObject({ totalTurns: 3, totalToolCalls: 6, used: 0, tokens: 0 });
  }),
  windowCase("W10", "after a release it goes on in order, up to its capacity again", (window, windows) => {
    const count = Math.min(windows.capacity, mostSlots);
    appendAll(window, 1, count);
    window.release(`turn-${Math.ceil(count / 2)}`);
    appendAll(window, count + 1, count + Math.ceil(count / 2));
    const first = Math.ceil(count / 2) + 1;
    expect(toNumbers(window.oldest(Infinity))).toEqual(toRange(first, count + Math.ceil(count / 2)));
  }),
  windowCase("W11", "past its capacity it holds the newest slots and their tokens, and the totals go on", (window, windows) => {
    const count = Math.min(windows.capacity + 5, mostSlots);
    appendAll(window, 1, count);
    const held = toRange(Math.max(1, count - windows.capacity + 1), count);
    expect(toNumbers(window.recent(Infinity))).toEqual(held);
    expect(toNumbers(window.oldest(3))).toEqual(held.slice(0, 3));
    const tokens = held.reduce((sum, number) => sum + toSlot(number).tokens, 0);
    expect(window.stats()).toEqual({ totalTurns: count, totalToolCalls: (count * (count + 1)) / 2, used: held.length, capacity: windows.capacity, tokens });
  }),
  stateCase("W12", "opened with the state of the store it has its totals and its slots, oldest first", (windows) => {
    const window = windows.open("s", { totalTurns: 70, totalToolCalls: 500, slots: [toSlot(69), toSlot(70)] });
    expect(window.recent(9)).toEqual([toSlot(69), toSlot(70)]);
    expect(window.stats()).toMatchObject({ totalTurns: 70, totalToolCalls: 500, used: 2, tokens: 339 });
  }),
  stateCase("W13", "opened with more slots than it can hold it keeps the newest", (windows) => {
    const count = Math.min(windows.capacity + 3, mostSlots);
    const numbers = toRange(1, count);
    const window = windows.open("s", { totalTurns: count, totalToolCalls: 0, slots: numbers.map(toSlot) });
    expect(toNumbers(window.recent(Infinity))).toEqual(windows.capacity >= count ? numbers : numbers.slice(-windows.capacity));
    expect(window.stats().totalTurns).toBe(count);
  }),
  stateCase("W14", "opened again it counts on from the totals of the state, and knows its turns", (windows) => {
    const first = windows.open("s", nothing);
    appendAll(first, 1, 3);
    first.release("turn-1");
    const { totalTurns, totalToolCalls } = first.stats();
    const second = windows.open("s", { totalTurns, totalToolCalls, slots: first.recent(Infinity) });
    appendAll(second, 3, 4);
    expect(second.stats()).toMatchObject({ totalTurns: 4, totalToolCalls: 10, used: 3 });
    expect(toNumbers(second.recent(9))).toEqual([2, 3, 4]);
  }),
  stateCase("W15", "windows share nothing, not even those of one session", (windows) => {
    const first = windows.open("a", nothing);
    const others = [windows.open("b", nothing), windows.open("a", nothing)];
    appendAll(first, 1, 2);
    expect(others.map((window) => window.stats().used)).toEqual([0, 0]);
  }),
  windowCase("W16", "what it gave out stays as it was when the window changes", (window) => {
    appendAll(window, 1, 3);
    const given = [window.recent(9), window.oldest(9)];
    window.append(toSlot(4));
    window.release("turn-2");
    expect(given.map(toNumbers)).toEqual([[1, 2, 3], [1, 2, 3]]);
  }),
];

/** Runs the kit of `SessionWindows` against an implementation. Its capacity is at least 4. */
export function describeSessionWindow(title: string, create: Create<SessionWindows>, options?: ContractOptions): void {
  describeContract(title, sessionWindowContract, create, options);
}

function stateCase(id: string, title: string, body: (windows: SessionWindows) => void): ContractCase<SessionWindows> {
  return { id, title, run: async (create) => body(await create()) };
}

function windowCase(id: string, title: string, body: (window: SessionWindow, windows: SessionWindows) => void): ContractCase<SessionWindows> {
  return stateCase(id, title, (windows) => body(windows.open("cli:default", nothing), windows));
}

function toSlot(number: number): TurnSlot {
  return { turnId: `turn-${number}`, checkpointId: `checkpoint-${number}`, toolCalls: number, tokens: 100 + number, at: 1_700_000_000_000 + number };
}

function toRange(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function appendAll(window: SessionWindow, first: number, last: number): void {
  for (const number of toRange(first, last)) window.append(toSlot(number));
}

function toNumbers(slots: readonly TurnSlot[]): readonly number[] {
  return slots.map((slot) => slot.toolCalls);
}
