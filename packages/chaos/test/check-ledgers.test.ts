import { describe, expect, it } from "vitest";
import type { Kill, Ledgers, SentMessage, ToldTurn } from "../src/ledger/ledgers.ts";
import { checkLedgers } from "../src/ledger/check-ledgers.ts";
import { repeatLabel } from "../src/ledger/check-reply.ts";

const one: SentMessage = { nonce: "m-000001", entrance: "rooms", sessionId: "rooms:hall", acknowledged: true, mayFail: false };
const two: SentMessage = { ...one, nonce: "m-000002" };
const ended: ToldTurn = { nonce: one.nonce, turnId: "t1", sessionId: one.sessionId, status: "completed", output: "m-000001 is done", calls: [{ step: "0.0", effect: "once", status: "completed" }] };
const text = (nonce: string, at: number, more: object = {}): Ledgers["shown"][number] => ({ nonce, conversation: "hall", text: `${nonce} is done`, key: `t:${nonce}`, at, ...more });
const killedAt = (at: number, over = at + 5): Kill => ({ isOrderly: false, at, over });
const line = { nonce: one.nonce, step: "0.0", effect: "once" } as const;

/** All is well: one message, one call, one answer. */
const sound: Ledgers = {
  sent: [one],
  shown: [text(one.nonce, 10)],
  effects: [line],
  asked: [{ nonce: one.nonce, round: 1, unknown: 0, said: "m-000001 is done", at: 1 }],
  turns: [ended],
  unsure: new Set(),
  restarts: [],
  kills: [],
  damage: [],
  deduplicates: true,
};

const kindsOf = (change: Partial<Ledgers>): readonly string[] => checkLedgers({ ...sound, ...change }).breaches.map(({ promise, kind }) => `${promise} ${kind}`);
const withCall = (call: Partial<ToldTurn["calls"][number]>, more: Partial<ToldTurn> = {}): ToldTurn => ({ ...ended, ...more, calls: [{ step: "0.0", effect: "once", status: "completed", ...call }] });

describe("what was seen from outside", () => {
  it("keeps every promise where all is well", () => {
    expect(kindsOf({})).toEqual([]);
  });

  it("shows an acknowledged message that is nowhere as lost, and not one that nobody acknowledged", () => {
    const none = { turns: [], shown: [], effects: [] };
    expect(kindsOf(none)).toEqual(["C1 lost"]);
    expect(kindsOf({ ...none, sent: [{ ...one, acknowledged: false }] })).toEqual([]);
  });

  it("shows a turn that did not end, and one that failed though nothing allows it", () => {
    expect(kindsOf({ turns: [{ ...ended, status: "running" }] })).toEqual(["C1 no-ending"]);
    expect(kindsOf({ turns: [{ ...ended, status: "failed" }] })).toEqual(["C1 failed"]);
    expect(kindsOf({ turns: [{ ...ended, status: "failed" }], sent: [{ ...one, mayFail: true }] })).toEqual([]);
  });

  it("shows a message that became two turns", () => {
    expect(kindsOf({ turns: [ended, { ...ended, turnId: "t2" }] })).toEqual(["C1 ended-twice"]);
    const again = [{ ...ended, turnId: "t2" }, { ...ended, turnId: "t0", status: "failed", calls: [] }];
    expect(kindsOf({ turns: again })).toEqual(["C1 ended-twice"]);
    expect(kindsOf({ turns: again, sent: [{ ...one, mayFail: true }] })).toEqual([]);
    expect(kindsOf({ turns: [...again, { ...ended, turnId: "t1" }], sent: [{ ...one, mayFail: true }] })).toEqual(["C1 ended-twice"]);
  });

  it("shows an answer that never came to its conversation, unless its sender took it back", () => {
    expect(kindsOf({ shown: [] })).toEqual(["C1 lost"]);
    expect(kindsOf({ shown: [], turns: [{ ...ended, status: "cancelled" }], sent: [{ ...one, mayFail: true }] })).toEqual([]);
  });

  it("takes an answer that was interrupted twice and told of as such for what it is, where the platform drops no repeats", () => {
    const interrupted = { shown: [], unsure: new Set([ended.turnId]), deduplicates: false, kills: [killedAt(1), killedAt(2)] };
    expect(kindsOf(interrupted)).toEqual([]);
    expect(kindsOf({ ...interrupted, deduplicates: true })).toEqual(["C1 lost"]);
    expect(kindsOf({ ...interrupted, kills: [killedAt(1)] })).toEqual(["C1 lost"]);
    expect(kindsOf({ ...interrupted, unsure: new Set() })).toEqual(["C1 lost"]);
  });
});

describe("an answer", () => {
  const long = "m-000001 is done, part 1\nm-000001 is done, part 2\nm-000001 is done, part 3";
  const inParts = { turns: [{ ...ended, output: long }], asked: [{ nonce: one.nonce, round: 1, unknown: 0, said: long, at: 1 }] };
  const part = (number: number, more: object = {}): Ledgers["shown"][number] => text(one.nonce, 10 * number, { text: `m-000001 is done, part ${number}`, key: `t1:end:${number}`, ...more });
  const labelled = (number: number): object => ({ text: `${repeatLabel}\nm-000001 is done, part ${number}`, at: 50 + number });

  it("that is told otherwise than the model said it is no answer, at any entrance", () => {
    expect(kindsOf({ turns: [{ ...ended, output: "m-000001 is" }] })).toEqual(["C1 wrong-answer"]);
    expect(kindsOf({ turns: [{ ...ended, output: "" }], sent: [{ ...one, entrance: "http" }] })).toEqual(["C1 wrong-answer"]);
    expect(kindsOf({ asked: [] })).toEqual(["C1 wrong-answer"]);
  });

  it("that is shown cut, without one of its parts or with another's is no answer", () => {
    expect(kindsOf({ shown: [text(one.nonce, 10, { text: "m-000001 is" })] })).toEqual(["C1 wrong-answer"]);
    expect(kindsOf({ ...inParts, shown: [part(1), part(2), part(3)] })).toEqual([]);
    expect(kindsOf({ ...inParts, shown: [part(1), part(3)] })).toEqual(["C1 wrong-answer"]);
    expect(kindsOf({ ...inParts, shown: [part(1), part(2), part(3), part(4)] })).toEqual(["C1 wrong-answer"]);
  });

  it("is whole where parts of it came again under the label", () => {
    const again = { ...inParts, deduplicates: false, kills: [killedAt(40)] };
    expect(kindsOf({ ...again, shown: [part(1), part(2), part(2, labelled(2)), part(3, labelled(3))] })).toEqual([]);
    expect(kindsOf({ ...again, shown: [part(1), part(2), part(2, labelled(2))] })).toEqual(["C1 wrong-answer"]);
  });

  it("may miss what the store says of that nobody knows", () => {
    expect(kindsOf({ ...inParts, deduplicates: false, kills: [killedAt(40), killedAt(60)], unsure: new Set(["t1"]), shown: [part(1)] })).toEqual([]);
  });
});

describe("a reply that is shown twice", () => {
  const repeat = text(one.nonce, 30, { text: `${repeatLabel}\n${one.nonce} is done` });

  it("is a breach where the platform drops repeats, however it is labelled", () => {
    expect(kindsOf({ shown: [text(one.nonce, 10), text(one.nonce, 30)], kills: [killedAt(20)] })).toEqual(["C2 duplicated"]);
    expect(kindsOf({ shown: [text(one.nonce, 10), repeat], kills: [killedAt(20)] })).toEqual(["C2 duplicated"]);
  });

  it("is allowed once elsewhere, with its label, and only where a kill came between", () => {
    const elsewhere = { deduplicates: false };
    expect(kindsOf({ ...elsewhere, shown: [text(one.nonce, 10), repeat], kills: [killedAt(20)] })).toEqual([]);
    expect(kindsOf({ ...elsewhere, shown: [text(one.nonce, 10), repeat], kills: [killedAt(40)] })).toEqual(["C2 duplicated"]);
    expect(kindsOf({ ...elsewhere, shown: [text(one.nonce, 10), repeat], kills: [killedAt(4)] })).toEqual(["C2 duplicated"]);
    expect(kindsOf({ ...elsewhere, shown: [text(one.nonce, 10), repeat], kills: [{ ...killedAt(20), isOrderly: true }] })).toEqual([]);
    // What the killed one had sent is seen after the kill, and before the next one is ready.
    expect(kindsOf({ ...elsewhere, shown: [text(one.nonce, 10), repeat], kills: [killedAt(9, 25)] })).toEqual([]);
    expect(kindsOf({ ...elsewhere, shown: [text(one.nonce, 10), text(one.nonce, 30)], kills: [killedAt(20)] })).toEqual(["C2 unlabelled"]);
    expect(kindsOf({ ...elsewhere, shown: [text(one.nonce, 10), repeat, { ...repeat, at: 50 }], kills: [killedAt(20), killedAt(40)] })).toEqual(["C2 duplicated"]);
  });

  it("counts the repeats that are labelled", () => {
    expect(checkLedgers({ ...sound, deduplicates: false, shown: [text(one.nonce, 10), repeat], kills: [killedAt(20)] }).labelledRepeats).toBe(1);
  });
});

describe("a call", () => {
  it("whose effect was made twice is run twice, unless it only reads", () => {
    expect(kindsOf({ effects: [line, line] })).toEqual(["C3 run-twice"]);
    for (const effect of ["read", "crash", "throw"] as const) expect(kindsOf({ effects: [{ ...line, effect }, { ...line, effect }], turns: [withCall({ effect })] })).toEqual([]);
    expect(kindsOf({ effects: [{ ...line, effect: "keyed" }, { ...line, effect: "keyed" }], turns: [withCall({ effect: "keyed" })] })).toEqual(["C3 run-twice"]);
  });

  it("that is told as completed without its effect, or as failed with it, is told wrongly", () => {
    expect(kindsOf({ effects: [] })).toEqual(["C3 effect-missing"]);
    expect(kindsOf({ turns: [withCall({ status: "failed" })] })).toEqual(["C3 wrong-unknown"]);
  });

  it("that had its effect and stands in no turn is untold", () => {
    expect(kindsOf({ turns: [{ ...ended, calls: [] }] })).toEqual(["C3 untold-effect"]);
  });

  it("of unknown fate is told to the model and the person", () => {
    const output = "m-000001 is done, and the fate of 1 calls is unknown";
    const turns = [withCall({ status: "unknown" }, { output })];
    const asked = { nonce: one.nonce, round: 1, unknown: 1, said: output, at: 6 };
    const told = { kills: [killedAt(5)], asked: [asked], shown: [text(one.nonce, 10, { text: output })] };
    expect(kindsOf({ ...told, turns })).toEqual([]);
    expect(checkLedgers({ ...sound, ...told, turns }).unknownReported).toBe(1);
    expect(kindsOf({ ...told, turns, asked: [{ ...asked, unknown: 0 }] })).toEqual(["C3 silent-unknown"]);
    expect(kindsOf({ ...sound, kills: [killedAt(5)], asked: [{ ...asked, said: ended.output }], turns: [withCall({ status: "unknown" })] })).toEqual(["C3 silent-unknown"]);
  });

  it("is never unknown where nothing was killed, nor where it may be run again", () => {
    const turns = [withCall({ status: "unknown" }, { output: "unknown" })];
    const told = { asked: [{ nonce: one.nonce, round: 1, unknown: 1, said: "unknown", at: 6 }], shown: [text(one.nonce, 10, { text: "unknown" })] };
    expect(kindsOf({ ...told, turns })).toEqual(["C3 wrong-unknown"]);
    expect(kindsOf({ ...told, turns, kills: [{ ...killedAt(5), isOrderly: true }] })).toEqual(["C3 wrong-unknown"]);
    expect(kindsOf({ ...told, turns: [withCall({ status: "unknown", effect: "read" }, { output: "unknown" })], kills: [killedAt(5)], effects: [] })).toEqual(["C3 wrong-unknown"]);
  });
});

describe("a session", () => {
  const turns = [ended, { ...ended, nonce: two.nonce, turnId: "t2", output: "m-000002 is done", calls: [] }];
  const asked = [one, two].map(({ nonce }, at) => ({ nonce, round: 1, unknown: 0, said: `${nonce} is done`, at }));

  it("keeps the order in which its messages were taken, towards the model and the platform", () => {
    const shown = [text(one.nonce, 10), text(two.nonce, 20)];
    expect(kindsOf({ sent: [one, two], turns, asked, shown })).toEqual([]);
    expect(kindsOf({ sent: [one, two], turns, asked: asked.toReversed(), shown })).toEqual(["C4 out-of-order"]);
    expect(kindsOf({ sent: [one, two], turns, asked, shown: shown.toReversed() })).toEqual(["C4 out-of-order"]);
  });

  it("owes another session no order", () => {
    const other = { ...two, sessionId: "rooms:other" };
    expect(kindsOf({ sent: [one, other], turns, asked: asked.toReversed(), shown: [text(two.nonce, 10), text(one.nonce, 20)] })).toEqual([]);
  });
});

describe("a home", () => {
  it("that is damaged, or ready too late, breaks a promise", () => {
    expect(kindsOf({ damage: ["omni.db: row 3 is missing"] })).toEqual(["C5 damaged"]);
    expect(kindsOf({ restarts: [{ readyMs: 5_001, idleNodeMs: 40 }] })).toEqual(["C6 slow-recovery"]);
  });

  it("may take as long as the machine is slow", () => {
    expect(kindsOf({ restarts: [{ readyMs: 9_000, idleNodeMs: 100 }, { readyMs: 4_999, idleNodeMs: 0 }] })).toEqual([]);
  });
});
