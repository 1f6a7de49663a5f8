import { createCountingRandom, createManualClock } from "@omni/testkit/fakes";
import { expect, it } from "vitest";
import type { ManualClock } from "@omni/testkit/fakes";
import type { Connection, ConnectionEvents } from "../src/connection.ts";
import type { LifeParts, ServerLife } from "../src/server-life.ts";
import { createServerLife } from "../src/server-life.ts";
import { RequestFailure } from "../src/request-failure.ts";

interface Place {
  readonly clock: ManualClock;
  readonly life: ServerLife;
  readonly opened: readonly ConnectionEvents[];
  readonly requests: readonly string[];
  /** What the next connecting does; without it a connection stands at once. */
  failWith: Error | undefined;
  /** What the next request does; without it every request has a result. */
  refuseWith: RequestFailure | undefined;
  closed: number;
}

function createPlace(parts: Partial<LifeParts> = {}): Place {
  const clock = createManualClock();
  const opened: ConnectionEvents[] = [];
  const requests: string[] = [];
  const life = createServerLife({
    ...{ name: "fake", clock, random: { ...createCountingRandom(), next: () => 1 }, greet: async () => undefined, toolsChanged: () => undefined, stateChanged: () => undefined },
    open: async (events) => {
      if (place.failWith !== undefined) throw place.failWith;
      opened.push(events);
      const heard = clock.monotonic();
      const connection: Connection = {
        ...{ transport: "stdio", pid: undefined, protocol: undefined, server: undefined, hasCapability: () => true, lastHeard: () => heard },
        async request(method) {
          requests.push(method);
          const failure = place.refuseWith;
          place.refuseWith = undefined;
          if (failure !== undefined) throw failure;
          return {};
        },
        async close() {
          place.closed += 1;
        },
      };
      return connection;
    },
    ...parts,
  });
  const place: Place = { clock, life, opened, requests, failWith: undefined, refuseWith: undefined, closed: 0 };
  return place;
}

const signal = new AbortController().signal;
const send = (place: Place): Promise<unknown> => place.life.use(signal, (connection) => connection.request("tools/call", {}, { signal, timeoutMs: 1_000 }));

it("RL-57 waits double from a second, and after five failures a server is tried once a minute", async () => {
  const place = createPlace();
  place.failWith = new Error("no");
  place.life.start();
  await place.clock.advance(0);
  for (const [failures, wait] of [1_000, 2_000, 4_000, 8_000].entries()) {
    expect(place.life).toMatchObject({ state: "backoff", failures: failures + 1, retryInMs: wait });
    await place.clock.advance(wait - 1);
    expect(place.life.failures).toBe(failures + 1);
    await place.clock.advance(1);
  }
  expect(place.life).toMatchObject({ state: "broken", failures: 5, retryInMs: 60_000 });
  await place.clock.advance(60_000);
  expect(place.life).toMatchObject({ state: "broken", failures: 6 });
  place.failWith = undefined;
  await place.clock.advance(60_000);
  expect(place.life.state).toBe("ready");
});

it("RL-57 a broken server fails a call at once, with the reason and when it is tried again", async () => {
  const place = createPlace();
  place.failWith = new Error("the licence is missing");
  place.life.start();
  await place.clock.advance(20_000);
  await expect(send(place)).rejects.toMatchObject({ code: "tool.failed", retryable: true, message: expect.stringMatching(/tried again in \d+ s.*licence is missing/) });
});

it("RL-57 a connection that held a minute forgives the failures before it, a shorter one does not", async () => {
  const place = createPlace();
  place.life.start();
  await place.clock.advance(0);
  place.opened[0]?.lost("it fell");
  expect(place.life.failures).toBe(1);
  await place.clock.advance(1_000);
  place.opened[1]?.lost("it fell again");
  expect(place.life.failures).toBe(2);
  await place.clock.advance(2_000 + 60_000);
  place.opened[2]?.lost("and again");
  expect(place.life.failures).toBe(1);
});

it("RL-57 a call that was answered forgives the failures before it, however short the connections are", async () => {
  const place = createPlace({ idleTimeoutMs: 5_000 });
  place.life.start();
  for (const wait of [1_000, 2_000, 4_000, 8_000]) {
    await place.clock.advance(0);
    place.opened.at(-1)?.lost("it fell");
    await place.clock.advance(wait);
  }
  expect(place.life).toMatchObject({ state: "ready", failures: 4 });
  place.refuseWith = new RequestFailure("timeout", "no answer");
  await expect(send(place)).rejects.toMatchObject({ fate: "timeout" });
  expect(place.life.failures).toBe(4);
  await send(place);
  expect(place.life.failures).toBe(0);
  await place.clock.advance(5_000);
  expect(place.life.state).toBe("idle");
  await Promise.all([send(place), place.clock.advance(0)]);
  place.opened.at(-1)?.lost("it fell once more");
  expect(place.life).toMatchObject({ state: "backoff", failures: 1 });
});

it("RL-57 a server that comes up, gives its list and falls is broken after five", async () => {
  const place = createPlace({ greet: async (connection) => void (await connection.request("tools/list", {}, { signal, timeoutMs: 1_000 })) });
  place.life.start();
  for (const wait of [1_000, 2_000, 4_000, 8_000, 0]) {
    await place.clock.advance(0);
    expect(place.life.state).toBe("ready");
    place.opened.at(-1)?.lost("it fell");
    await place.clock.advance(wait);
  }
  expect(place.life).toMatchObject({ state: "broken", failures: 5 });
});

it("a call waits for a server on its way, and no longer than ten seconds", async () => {
  const place = createPlace({ greet: () => new Promise(() => undefined) });
  place.life.start();
  const outcome = send(place);
  const expectation = expect(outcome).rejects.toMatchObject({ code: "tool.failed", message: expect.stringContaining("still starting") });
  await place.clock.advance(10_000);
  await expectation;
});

it("a server that is not ready after 90 s has failed", async () => {
  const place = createPlace({ open: (_events, opening) => new Promise((_resolve, reject) => void opening.addEventListener("abort", () => reject(opening.reason as Error))) });
  place.life.start();
  await place.clock.advance(90_000);
  expect(place.life).toMatchObject({ state: "backoff", failures: 1 });
});

it("what was not sent is sent once more over a new connection, and what may have been sent never", async () => {
  const place = createPlace();
  place.life.start();
  await place.clock.advance(0);
  place.refuseWith = new RequestFailure("unsent", "no such session", { isFinal: true });
  const outcome = send(place);
  await place.clock.advance(1_000);
  expect(await outcome).toEqual({});
  expect(place.requests).toEqual(["tools/call", "tools/call"]);
  for (const fate of ["lost", "timeout", "malformed", "answered"] as const) {
    place.refuseWith = new RequestFailure(fate, "?", { isFinal: false });
    await expect(send(place)).rejects.toMatchObject({ fate });
  }
  expect(place.requests.filter((method) => method === "tools/call")).toHaveLength(6);
  // The one without an answer in time made the server be asked whether it is there at all.
  expect(place.requests.filter((method) => method === "ping")).toHaveLength(1);
});

it("a silent server is pinged every 30 s, an error is an answer, and no answer is a failure", async () => {
  const place = createPlace();
  place.life.start();
  await place.clock.advance(29_999);
  expect(place.requests).toEqual([]);
  place.refuseWith = new RequestFailure("answered", "method not found");
  await place.clock.advance(1);
  expect(place.requests).toEqual(["ping"]);
  expect(place.life.state).toBe("ready");
  place.refuseWith = new RequestFailure("timeout", "no answer within 10 s");
  await place.clock.advance(30_000);
  expect(place.life.state).toBe("backoff");
  expect(place.closed).toBe(1);
});

it("a server at work is not pinged", async () => {
  const place = createPlace();
  place.life.start();
  await place.clock.advance(0);
  const work = place.life.use(signal, () => place.clock.sleep(100_000));
  await place.clock.advance(90_000);
  expect(place.requests).toEqual([]);
  await place.clock.advance(10_000);
  await work;
});

it("a server is idle only after its last call, and the next call opens it again", async () => {
  const place = createPlace({ idleTimeoutMs: 5_000 });
  place.life.start();
  await place.clock.advance(4_000);
  await send(place);
  await place.clock.advance(4_999);
  expect(place.life.state).toBe("ready");
  await place.clock.advance(1);
  expect(place.life.state).toBe("idle");
  expect(place.closed).toBe(1);
  const outcome = send(place);
  await place.clock.advance(0);
  expect(await outcome).toEqual({});
});

it("after the end nothing is tried and no timer is left", async () => {
  const place = createPlace({ idleTimeoutMs: 5_000 });
  place.life.start();
  await place.clock.advance(0);
  await place.life.close();
  await place.life.close();
  place.opened[0]?.lost("late");
  await place.clock.advance(600_000);
  expect(place.opened).toHaveLength(1);
  expect(place.life.state).toBe("closed");
  expect(place.clock.pending).toBe(0);
  await expect(send(place)).rejects.toMatchObject({ code: "tool.failed", retryable: false });
});
