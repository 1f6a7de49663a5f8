import type { Duplex } from "node:stream";
import { getEventListeners, once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { all } from "./read-all.ts";
import { connectSocket } from "../src/index.ts";
import { ended, openTold } from "./told-client.ts";
import { listenOn } from "./serve.ts";

const reason = new Error("enough");
const leaving = (turnId: string): object => ({ id: "leave", type: "leave", turn_id: turnId });

describe("the signal of a call over a WebSocket", () => {
  it("ends any call with its reason, and leaves the connection open", async () => {
    const { live, say, tell, events } = await openTold();
    const life = new AbortController();
    const { signal } = life;
    const calls = [live.stream({ message: "x" }, { signal }), live.follow("f", { signal }), live.cancel("c", { signal }), live.answer("a", { decision: "deny" }, { signal })];
    const ends = Promise.all(calls.map((call) => expect(call).rejects.toBe(reason)));
    life.abort(reason);
    await ends;
    await expect(live.cancel("c", { signal })).rejects.toBe(reason);
    // What is answered all the same is nobody's, also where it is an error.
    say({ type: "done", id: "4", status: "completed" }, { type: "error", id: "5", error: { code: "ask.not-found", message: "no", requestId: "1" } });
    tell("turn-end", ended);
    expect((await all(events)).map(({ event }) => event.type)).toEqual(["turn-end"]);
  });

  it("has a turn left that is accepted after it", async () => {
    const { live, say, heard } = await openTold();
    const life = new AbortController();
    const streaming = expect(live.stream({ message: "x" }, { signal: life.signal })).rejects.toBe(reason);
    life.abort(reason);
    await streaming;
    say({ type: "accepted", id: "2", turn_id: "late", session_id: "http:a", repeat: false });
    await expect.poll(heard).toEqual([leaving("late")]);
  });

  it("has no turn left that another call may be about, until that is answered", async () => {
    const { live, say, tell, heard } = await openTold();
    const life = new AbortController();
    const given = expect(live.follow("f", { signal: life.signal })).rejects.toBe(reason);
    const following = live.follow("f");
    life.abort(reason);
    await given;
    say({ type: "accepted", id: "2", turn_id: "f", session_id: "http:a", repeat: true }, { type: "accepted", id: "3", turn_id: "f", session_id: "http:a", repeat: true });
    tell("turn-end", { ...ended, turn_id: "f" }, "f");
    expect(await all(await following)).toHaveLength(1);
    // What was sent before this was heard before it.
    const cancelling = live.cancel("c");
    await expect.poll(heard).toContainEqual({ id: "4", type: "cancel", turn_id: "c" });
    expect(heard()).not.toContainEqual(leaving("f"));
    say({ type: "done", id: "4", status: "completed" });
    await cancelling;
  });

  it("counts an error without an id for none of two that wait, one of which was given up", async () => {
    const { live, say } = await openTold();
    const life = new AbortController();
    const given = expect(live.cancel("one", { signal: life.signal })).rejects.toBe(reason);
    const cancelling = live.cancel("two");
    life.abort(reason);
    await given;
    say({ type: "error", error: { code: "request.too-many", message: "no", requestId: "1" } }, { type: "done", id: "3", status: "completed" });
    expect(await cancelling).toBe("completed");
  });

  it("ends the reading of its turn, which is left, and of no other", async () => {
    const { live, events, say, tell, heard } = await openTold();
    const life = new AbortController();
    const following = live.follow("f", { signal: life.signal });
    say({ type: "accepted", id: "2", turn_id: "f", session_id: "http:a", repeat: true });
    const reading = all(await following);
    const told = expect(reading).rejects.toBe(reason);
    life.abort(reason);
    await told;
    await expect.poll(heard).toContainEqual(leaving("f"));
    tell("turn-end", ended);
    expect(await all(events)).toHaveLength(1);
  });

  it("says nothing of a turn that has been told to its end", async () => {
    const { live, say, tell } = await openTold();
    const life = new AbortController();
    const following = live.follow("f", { signal: life.signal });
    say({ type: "accepted", id: "2", turn_id: "f", session_id: "http:a", repeat: true });
    const events = await following;
    tell("turn-end", { ...ended, turn_id: "f" }, "f");
    const answering = live.answer("a", { decision: "deny" });
    say({ type: "done", id: "3" });
    await answering;
    expect(getEventListeners(life.signal, "abort")).toEqual([]);
    life.abort(reason);
    expect(await all(events)).toHaveLength(1);
  });
});

describe("the signal of connecting", () => {
  it("closes what was begun, and rejects with its reason", async () => {
    const upgrading = Promise.withResolvers<Duplex>();
    const server = createServer().on("upgrade", (_request, socket: Duplex) => upgrading.resolve(socket.on("error", () => undefined).resume()));
    const url = await listenOn(server);
    const life = new AbortController();
    const connecting = expect(connectSocket({ url, token: "t" }, { signal: life.signal })).rejects.toBe(reason);
    const closed = once(await upgrading.promise, "end");
    life.abort(reason);
    await connecting;
    await closed;
    await expect(connectSocket({ url, token: "t" }, { signal: life.signal })).rejects.toBe(reason);
  });
});
