import type { JsonObject } from "@omni/core";
import { createManualClock, createRecordingLog } from "@omni/testkit/fakes";
import { expect, it } from "vitest";
import type { ManualClock } from "@omni/testkit/fakes";
import type { Connection } from "../src/connection.ts";
import type { ToolListing } from "../src/tool-listing.ts";
import { createDiagnosis } from "../src/diagnosis.ts";
import { createOfferedTools } from "../src/offered-tools.ts";
import { createToolListing } from "../src/tool-listing.ts";

interface Asked {
  readonly timeoutMs: number;
  readonly answer: (page: JsonObject) => void;
  readonly fail: (error: Error) => void;
}

interface Place {
  readonly clock: ManualClock;
  readonly listing: ToolListing;
  readonly connection: Connection;
  /** Requests in order; each waits for its answer. */
  readonly asked: readonly Asked[];
  current: Connection | undefined;
  names(): readonly string[];
}

function nothing(): never {
  throw new Error("nothing is called here");
}

function create(): Place {
  const clock = createManualClock();
  const asked: Asked[] = [];
  const connection: Connection = {
    ...{ transport: "stdio", pid: undefined, protocol: undefined, server: undefined, lastHeard: () => 0, close: async () => undefined },
    hasCapability: (name) => name === "tools",
    request: (_method, _params, { timeoutMs }) => new Promise((answer, fail) => void asked.push({ timeoutMs, answer, fail })),
  };
  const offered = createOfferedTools({ owner: "s", call: { server: "s", clock, timeoutMs: 1_000, life: nothing } });
  const listing = createToolListing({ owner: "s", clock, log: createRecordingLog(), diagnosis: createDiagnosis((text) => text), offered, current: () => place.current });
  const place: Place = { clock, listing, connection, asked, current: connection, names: () => offered.list().map((tool) => tool.name) };
  return place;
}

const signal = new AbortController().signal;
const page = (name: string, nextCursor?: string): JsonObject => ({ tools: [{ name, inputSchema: { type: "object" } }], ...(nextCursor === undefined ? {} : { nextCursor }) });

it("RL-60 a list that changes while it is read is read once more after that, so that the newest is offered", async () => {
  const { clock, listing, connection, asked, names } = create();
  const first = listing.read(connection, signal);
  listing.schedule();
  await clock.advance(5_000);
  expect(asked).toHaveLength(1);
  asked[0]?.answer(page("one"));
  await first;
  expect(names()).toEqual(["s.one"]);
  await clock.advance(1_000);
  for (let count = 0; count < 10; count += 1) {
    listing.schedule();
    await clock.advance(1_000);
  }
  expect(asked).toHaveLength(2);
  asked[1]?.answer(page("two"));
  await clock.advance(1_000);
  expect(names()).toEqual(["s.two"]);
  asked[2]?.answer(page("three"));
  await clock.advance(10_000);
  expect(names()).toEqual(["s.three"]);
  expect(asked).toHaveLength(3);
});

it("a reading that fails leaves the tools as they are, and the next change is read", async () => {
  const { clock, listing, connection, asked, names } = create();
  const first = listing.read(connection, signal);
  asked[0]?.answer(page("one"));
  await first;
  listing.schedule();
  await clock.advance(1_000);
  asked[1]?.fail(new Error("no"));
  await clock.advance(0);
  expect(names()).toEqual(["s.one"]);
  listing.schedule();
  await clock.advance(1_000);
  asked[2]?.answer(page("two"));
  await clock.advance(0);
  expect(names()).toEqual(["s.two"]);
});

it("a server has a minute for all the pages of its list", async () => {
  const { clock, listing, connection, asked } = create();
  const outcome = listing.read(connection, signal);
  const expectation = expect(outcome).rejects.toMatchObject({ fate: "timeout", message: "no end of its list within 60 s" });
  for (const [index, wait] of [25_000, 25_000, 10_000].entries()) {
    await clock.advance(wait);
    asked[index]?.answer(page(`tool-${index}`, String(index)));
  }
  await clock.advance(0);
  expect(asked.map(({ timeoutMs }) => timeoutMs)).toEqual([60_000, 35_000, 10_000]);
  await expectation;
});

it("the list of a connection that is gone is not offered, and does not hold up that of the next", async () => {
  const place = create();
  const { clock, listing, asked } = place;
  const old = listing.read(place.connection, signal);
  const next: Connection = { ...place.connection };
  place.current = next;
  const first = listing.read(next, signal);
  asked[0]?.answer(page("old"));
  await old;
  expect(place.names()).toEqual([]);
  asked[1]?.answer(page("new"));
  await first;
  expect(place.names()).toEqual(["s.new"]);
  listing.schedule();
  await clock.advance(1_000);
  expect(asked).toHaveLength(3);
});

it("nothing is read after the end", async () => {
  const { clock, listing, connection, asked } = create();
  const first = listing.read(connection, signal);
  listing.schedule();
  await clock.advance(100);
  listing.close();
  asked[0]?.answer(page("one"));
  await first;
  listing.schedule();
  await clock.advance(10_000);
  expect(asked).toHaveLength(1);
  expect(clock.pending).toBe(0);
});
