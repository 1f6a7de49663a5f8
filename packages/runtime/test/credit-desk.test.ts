import { beforeEach, describe, expect, it } from "vitest";
import type { DurableEvent, Memory, SessionRecord, Store, ToolCallStatus, TurnOutcome, TurnRecord } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ArrayRecords, ManualClock } from "@omni/testkit/fakes";
import { createArrayMemory, createArrayRecords, createManualClock, createMapStorePlace, createRecordingLog } from "@omni/testkit/fakes";
import type { CreditDesk } from "../src/credit-desk.ts";
import { createCreditDesk } from "../src/credit-desk.ts";

const day = 86_400_000;
const minutes = 60_000;

let records: ArrayRecords;
let clock: ManualClock;
let place: ReturnType<typeof createMapStorePlace>;
/** What the store says of turns that have ended, the oldest first. */
let ended: Ended[];
/** Turns whose events were read. */
let read: string[];
let isLocked: boolean;
/** Turns whose session was erased. */
let erased: Set<string>;

beforeEach(() => {
  records = createArrayRecords();
  clock = createManualClock();
  place = createMapStorePlace();
  ended = [];
  read = [];
  isLocked = false;
  erased = new Set();
});

interface Ended {
  readonly turnId: string;
  readonly sessionId: string;
  readonly ids: readonly string[];
  readonly endedAt: number;
  readonly status?: ToolCallStatus;
}

function toOutcome(turnId: string, statuses: readonly ToolCallStatus[] = ["completed"]): TurnOutcome {
  return { status: "completed", sessionId: "s", turnId, output: "", rounds: 1, toolCalls: statuses.map((status) => ({ name: "echo.say", status })), usage: { inputTokens: 0, outputTokens: 0 }, error: null };
}

/** The store as it knows what has ended. */
async function openStore(): Promise<Store> {
  const of = (sessionId: string): readonly Ended[] => ended.filter((each) => each.sessionId === sessionId).toReversed();
  return {
    ...(await place.open(clock)),
    sessions: async ({ limit }) => [...new Set(ended.toReversed().map(({ sessionId }) => sessionId))].slice(0, limit).map((sessionId) => ({ sessionId, updatedAt: of(sessionId)[0]?.endedAt }) as SessionRecord),
    turns: async (sessionId, { limit }) => of(sessionId).slice(0, limit).map(({ turnId, endedAt, status = "completed" }) => ({ input: { turnId }, endedAt, outcome: toOutcome(turnId, [status]) }) as TurnRecord),
    turn: async (turnId) => (erased.has(turnId) ? undefined : ({ input: { turnId } } as TurnRecord)),
    async events(turnId) {
      read.push(turnId);
      return ended.filter((each) => each.turnId === turnId).map(({ ids }): DurableEvent => ({ type: "prompt", blocks: [], recalled: ids, historyFrom: null, text: "x" }));
    },
  };
}

/** A desk as a process that has just begun has it. */
async function open(): Promise<CreditDesk> {
  const able = createArrayMemory(records);
  const locked = new OmniError("store.busy", "The memory is locked.", { retryable: true });
  const memory: Memory = { ...able, reinforce: async (given) => (isLocked ? Promise.reject(locked) : able.reinforce(given)) };
  return createCreditDesk({ memory, store: await openStore(), clock, log: createRecordingLog() });
}

/** A turn ends, as its process tells the desk of it. */
async function end(desk: CreditDesk, turnId: string, more: { readonly sessionId?: string; readonly statuses?: readonly ToolCallStatus[] } = {}): Promise<void> {
  desk.ended({ turnId, sessionId: more.sessionId ?? "s", ids: ["m1"] }, toOutcome(turnId, more.statuses));
  await clock.advance(0);
}

const counted = (): readonly string[] => [...records.turns];
const asked = (turnId: string): { readonly turnId: string; readonly sessionId: string; readonly ids: readonly string[] } => ({ turnId, sessionId: "s", ids: ["m1"] });

describe("what a memory that is locked could not be told of a turn", () => {
  it("is counted when it is open again, beside what has ended meanwhile", async () => {
    const desk = await open();
    await end(desk, "t1");
    isLocked = true;
    await end(desk, "t2");
    await end(desk, "t3", { statuses: ["completed", "failed"] });
    await clock.advance(4 * minutes);
    expect(counted()).toEqual([]);
    isLocked = false;
    await clock.advance(2 * minutes);
    expect(counted()).toEqual(["t1", "t2"]);
    expect(await (await openStore()).listDocuments("credit")).toEqual([]);
  });

  it("waits past the end of the process", async () => {
    const desk = await open();
    await end(desk, "t1");
    isLocked = true;
    await end(desk, "t2");
    await desk.close();
    isLocked = false;
    await end(await open(), "t3");
    expect(counted()).toEqual(["t1", "t2"]);
  });

  it("is that of the 16 newest turns of a session", async () => {
    const desk = await open();
    isLocked = true;
    for (let turn = 0; turn < 20; turn += 1) await end(desk, `t${turn}`);
    isLocked = false;
    await clock.advance(4 * minutes);
    expect(counted()).toEqual(Array.from({ length: 16 }, (_, index) => `t${index + 4}`));
  });

  it("makes a later answer, of which a person has said something, no new one", async () => {
    const desk = await open();
    await end(desk, "t1");
    isLocked = true;
    await end(desk, "t2");
    isLocked = false;
    expect(await desk.feedback(asked("t2"), 0)).toBe(true);
    await clock.advance(4 * minutes);
    expect(counted()).toEqual(["t2", "t1"]);
    expect(await desk.feedback(asked("t2"), 1)).toBe(false);
  });
});

describe("a turn whose process was killed before it had noted what the tools came to", () => {
  it("is counted two minutes after its end by the next process, once a turn has ended there, in whatever session", async () => {
    ended.push({ ...asked("t1"), endedAt: clock.now() }, { ...asked("t2"), sessionId: "other", endedAt: clock.now(), status: "failed" });
    const desk = await open();
    await end(desk, "t3");
    expect(counted()).toEqual([]);
    await clock.advance(2 * minutes);
    expect(counted().toSorted()).toEqual(["t1", "t2", "t3"]);
  });

  it("is what a person says it is, before that and after", async () => {
    records.episodes.push({ id: "m1", kind: "episode", text: "x", intent: "", experience: "", outcome: "", q: 0.5, uses: 0, successes: 0, failures: 0, at: 1, createdAt: 1, lastUsedAt: 1, source: { trusted: true }, scope: { scope: "agent", owner: "default" } });
    ended.push({ ...asked("t1"), endedAt: clock.now() });
    const desk = await open();
    expect(await desk.feedback(asked("t1"), 0)).toBe(true);
    await end(desk, "t2", { sessionId: "other", statuses: ["completed", "failed"] });
    await clock.advance(4 * minutes);
    expect(records.episodes[0]).toMatchObject({ uses: 1, failures: 1 });
    expect(await desk.feedback(asked("t1"), 1)).toBe(false);
  });

  it("is left alone where it ended more than a day ago, was shown nothing or is counted", async () => {
    ended.push({ ...asked("t1"), endedAt: clock.now() - day - 1 }, { ...asked("t2"), ids: [], endedAt: clock.now() }, { ...asked("t3"), sessionId: "other", endedAt: clock.now() });
    const store = await openStore();
    await store.putDocument("credited", "other", ["t3"]);
    const desk = await open();
    await end(desk, "t4", { statuses: ["completed", "failed"] });
    await clock.advance(4 * minutes);
    expect(counted()).toEqual([]);
    expect(await store.listDocuments("credit")).toEqual([]);
  });

  it("is looked for in the 64 latest sessions", async () => {
    for (let index = 0; index < 70; index += 1) ended.push({ ...asked(`t${index}`), sessionId: `s${index}`, endedAt: clock.now() });
    await end(await open(), "last", { statuses: [] });
    await clock.advance(4 * minutes);
    expect(counted().toSorted()).toEqual(Array.from({ length: 64 }, (_, index) => `t${index + 6}`).toSorted());
  });

  it("is looked for once: the next process looks at what has ended since", async () => {
    ended.push({ ...asked("t1"), ids: [], endedAt: clock.now() - 2 * minutes });
    await end(await open(), "t2", { statuses: [] });
    await clock.advance(10 * minutes);
    ended.push({ ...asked("t3"), ids: [], endedAt: clock.now() });
    await end(await open(), "t4", { statuses: [] });
    expect(read).toEqual(["t1", "t3"]);
  });

  it("waits its own two minutes for a person also where another process has found it before", async () => {
    const desk = await open();
    await (await openStore()).putDocument("credit", "s", [{ turnId: "t1", ids: ["m1"], reward: 1, at: clock.now() }]);
    await end(desk, "t1");
    expect(counted()).toEqual([]);
    await clock.advance(2 * minutes);
    expect(counted()).toEqual(["t1"]);
  });
});

describe("a session that is erased", () => {
  /** All that is noted of sessions. */
  async function noted(): Promise<readonly unknown[]> {
    const store = await openStore();
    return [...(await store.listDocuments("credit")), ...(await store.listDocuments("credited"))];
  }

  it("has nothing noted of it, also where a turn of it was being counted", async () => {
    const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const able = createArrayMemory(records);
    const memory: Memory = { ...able, reinforce: async (given) => (begun.resolve(), await gate.promise, able.reinforce(given)) };
    const desk = createCreditDesk({ memory, store: await openStore(), clock, log: createRecordingLog() });
    await end(desk, "t1");
    await end(desk, "t2");
    await begun.promise;
    const forgotten = desk.forget("s");
    await clock.advance(0);
    gate.resolve();
    await forgotten;
    await desk.close();
    expect([counted(), await noted()]).toEqual([["t1"], []]);
  });

  it("has nothing noted of a turn that is told of late", async () => {
    const desk = await open();
    await desk.forget("s");
    erased.add("t1");
    await end(desk, "t1");
    await expect(desk.feedback(asked("t1"), 1)).rejects.toMatchObject({ code: "turn.not-found" });
    expect([counted(), await noted()]).toEqual([[], []]);
  });

  it("has nothing noted of a turn that was found while it was erased", async () => {
    ended.push({ ...asked("t1"), endedAt: clock.now() });
    const reading = await openStore();
    const desk = createCreditDesk({ memory: createArrayMemory(records), store: { ...reading, events: async (turnId) => (erased.add(turnId), reading.events(turnId)) }, clock, log: createRecordingLog() });
    await end(desk, "t2", { sessionId: "other", statuses: [] });
    await clock.advance(4 * minutes);
    expect([read, counted(), await noted()]).toEqual([["t1"], [], []]);
  });
});
