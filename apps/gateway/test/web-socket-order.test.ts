import type { Store } from "@omni/core";
import { describe, expect, it } from "vitest";
import type { Told } from "./support/open-socket.ts";
import { calling, echo, hasResult, saying, stalling, toolSaying, until } from "./support/open-gateway.ts";
import { createFrameLanes } from "../src/web-socket/frame-lanes.ts";
import { openListening } from "./support/open-listening.ts";
import { openSocket } from "./support/open-socket.ts";

const never = new Promise<never>(() => undefined);
const withId = (id: string) => (frame: Told): boolean => frame["id"] === id;
const isAccepted = (frame: Told): boolean => frame.type === "accepted";

/** A call of a store that is held up until it is let go. */
interface Held {
  /** Calls that wait. */
  readonly waiting: number;
  /** Lets all go, from now on at once. */
  release(): void;
  pass<T>(isHeld: boolean, work: () => Promise<T>): Promise<T>;
}

function createHeld(): Held {
  const gate = Promise.withResolvers<void>();
  let waiting = 0;
  return {
    get waiting() {
      return waiting;
    },
    release: gate.resolve,
    async pass(isHeld, work) {
      if (isHeld) {
        waiting += 1;
        await gate.promise;
        waiting -= 1;
      }
      return work();
    },
  };
}

/** A store that holds up messages that begin with "slow". */
function holdingSlow(held: Held): (store: Store) => Store {
  return (store) => ({ ...store, accept: (turn) => held.pass(turn.input.text.startsWith("slow"), () => store.accept(turn)) });
}

describe("a message that takes long to be taken", () => {
  it("holds up no ping, no message of another session, no answer and no cancel", async () => {
    const held = createHeld();
    const listening = await openListening({
      wrapStore: holdingSlow(held),
      tools: [toolSaying("test.write", "ok")],
      verdict: "ask",
      model: (said, request, signal) => (said === "stay" ? stalling(never, signal) : hasResult(request) ? saying("done") : calling("test.write")),
    });
    const { say, until: told, frames } = await openSocket(listening);
    say({ type: "message", id: "slow", message: "slow", session_id: "a" });
    await until(() => held.waiting === 1);
    say({ type: "ping", id: "p" });
    await told(withId("p"));
    say({ type: "message", message: "write", session_id: "b" });
    const { ask_id } = (await told((frame) => frame["event"] === "ask"))["data"] as { ask_id: string };
    say({ type: "answer", id: "a", ask_id, decision: "allow" });
    expect((await told(withId("a"))).type).toBe("done");
    say({ type: "message", id: "m", message: "stay", session_id: "c" });
    const { turn_id } = await told(withId("m"));
    say({ type: "leave", id: "l", turn_id });
    await told(withId("l"));
    say({ type: "cancel", id: "c", turn_id });
    expect(await told(withId("c"))).toEqual({ type: "done", id: "c", turn_id, status: "cancelled" });
    expect(frames.some(withId("slow"))).toBe(false);
    held.release();
    expect((await told(withId("slow"))).type).toBe("accepted");
  });

  it("is taken before the next of its session, whatever that calls the session", async () => {
    const held = createHeld();
    const { say, until: told, frames } = await openSocket(await openListening({ wrapStore: holdingSlow(held) }));
    const names = { a: "a", b: "http:a", c: undefined, d: "default", e: "http:default" };
    for (const [id, session_id] of Object.entries(names)) say({ type: "message", id, message: id === "a" || id === "c" ? "slow" : "quick", session_id });
    await until(() => held.waiting === 2);
    say({ type: "message", id: "other", message: "quick", session_id: "other" });
    await told(withId("other"));
    expect(frames.filter(isAccepted).map((frame) => frame["id"])).toEqual(["other"]);
    held.release();
    await Promise.all(Object.keys(names).map((id) => told(withId(id))));
    const order = frames.filter(isAccepted).map((frame) => String(frame["id"]));
    expect([order.filter((id) => "ab".includes(id)), order.filter((id) => "cde".includes(id))]).toEqual([["a", "b"], ["c", "d", "e"]]);
  });

  it("that fails holds up the next of its session no longer", async () => {
    const held = createHeld();
    const wrapStore = (store: Store): Store => ({ ...store, accept: (turn) => held.pass(turn.input.text === "slow", () => (turn.input.text === "slow" ? Promise.reject(new Error("broken")) : store.accept(turn))) });
    const { say, until: told } = await openSocket(await openListening({ wrapStore }));
    say({ type: "message", id: "a", message: "slow" });
    say({ type: "message", id: "b", message: "quick" });
    await until(() => held.waiting === 1);
    held.release();
    expect(await told(withId("a"))).toMatchObject({ type: "error", error: { code: "internal" } });
    expect((await told(withId("b"))).type).toBe("accepted");
  });
});

describe("a cancel that waits for its turn to stop", () => {
  it("holds up no other frame, also of its session", async () => {
    const held = createHeld();
    const listening = await openListening({ model: (said, request, signal) => (said === "stay" ? stalling(never, signal) : echo(said, request, signal)), wrapStore: (store) => ({ ...store, cancelQueued: (id, at) => held.pass(true, () => store.cancelQueued(id, at)) }) });
    const { say, until: told, frames } = await openSocket(listening);
    say({ type: "message", id: "m", message: "stay" });
    const { turn_id } = await told(withId("m"));
    say({ type: "cancel", id: "c", turn_id });
    await until(() => held.waiting === 1);
    say({ type: "ping", id: "p" });
    say({ type: "message", id: "n", message: "next" });
    await Promise.all([told(withId("p")), told(withId("n"))]);
    expect(frames.some(withId("c"))).toBe(false);
    held.release();
    expect(await told(withId("c"))).toMatchObject({ type: "done", status: "cancelled" });
  });
});

describe("a turn that is followed and left again at once", () => {
  it("is left", async () => {
    const held = createHeld();
    const listening = await openListening({ model: (_said, _request, signal) => stalling(never, signal), wrapStore: (store) => ({ ...store, turn: (id) => held.pass(true, () => store.turn(id)) }) });
    const [teller, hearer] = [await openSocket(listening), await openSocket(listening)];
    teller.say({ type: "message", id: "m", message: "hi" });
    const { turn_id } = await teller.until(withId("m"));
    hearer.say({ type: "follow", id: "f", turn_id });
    hearer.say({ type: "leave", id: "l", turn_id });
    await until(() => held.waiting === 1);
    held.release();
    await hearer.until(withId("l"));
    teller.say({ type: "cancel", turn_id });
    await teller.until((frame) => frame["event"] === "turn-end");
    hearer.say({ type: "ping", id: "p" });
    await hearer.until(withId("p"));
    expect([hearer.frames.filter((frame) => frame["id"] !== undefined).map((frame) => frame["id"]), hearer.frames.some((frame) => frame["event"] === "turn-end")]).toEqual([["f", "l", "p"], false]);
  });
});

describe("the frames of one socket that are under way", () => {
  it("are 32 at most, and the others are served when there is room", async () => {
    const held = createHeld();
    const listening = await openListening({ wrapStore: holdingSlow(held) });
    const { say, until: told, frames } = await openSocket(listening);
    for (let index = 0; index < 40; index += 1) say({ type: "message", id: `m${index}`, message: "slow", session_id: `s${index}` });
    say({ type: "ping", id: "p" });
    await until(() => held.waiting === 32);
    const other = await openSocket(listening);
    other.say({ type: "message", message: "quick" });
    await other.until((frame) => frame["event"] === "turn-end");
    expect([held.waiting, frames.some(withId("p"))]).toEqual([32, false]);
    held.release();
    await told(withId("p"));
    await Promise.all(Array.from({ length: 40 }, (_, index) => told(withId(`m${index}`))));
  });

  it("do not cost a client its socket that answers pings, however long they take", async () => {
    const held = createHeld();
    const listening = await openListening({ wrapStore: holdingSlow(held) });
    const { say, until: told } = await openSocket(listening);
    for (let index = 0; index < 32; index += 1) say({ type: "message", id: `m${index}`, message: "slow", session_id: `s${index}` });
    say({ type: "ping", id: "p" });
    await until(() => held.waiting === 32);
    for (let beat = 0; beat < 4; beat += 1) await listening.host.clock.advance(30_000);
    held.release();
    await told(withId("p"));
  });

  it("keep a lane for as long as something is in it", async () => {
    const lanes = createFrameLanes();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const done: string[] = [];
    const running = [
      lanes.run("a", () => first.promise.then(() => void done.push("first"))),
      lanes.run("a", () => second.promise.then(() => Promise.reject(new Error("broken")))).catch(() => void done.push("second")),
      lanes.run("b", async () => void done.push("beside")),
      lanes.run(undefined, async () => void done.push("at once")),
    ];
    await Promise.all(running.slice(2));
    expect([done, lanes.size]).toEqual([["beside", "at once"], 1]);
    second.resolve();
    first.resolve();
    await Promise.all(running);
    expect([done, lanes.size]).toEqual([["beside", "at once", "first", "second"], 0]);
  });
});
