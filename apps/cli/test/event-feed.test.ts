import { expect, test } from "vitest";
import type { ShownEvent } from "../src/shown-event.ts";
import { createEventFeed } from "../src/event-feed.ts";

test("gives what was pushed before and while it is read, and ends", async () => {
  const feed = createEventFeed();
  feed.push({ id: "1", event: { type: "text-delta", text: "a" } });
  const reading = Array.fromAsync(feed.read());
  await new Promise((resolve) => setImmediate(resolve));
  feed.push({ id: "2", event: { type: "ask" } });
  feed.end();
  expect((await reading).map(({ id }) => id)).toEqual(["1", "2"]);
});

test("keeps the newest of what nobody reads, and tells what was lost", async () => {
  const feed = createEventFeed();
  for (let index = 0; index < 8_200; index += 1) feed.push({ id: String(index), event: { type: "text-delta", text: "x" } });
  feed.end();
  const read = await Array.fromAsync(feed.read());
  expect(read).toHaveLength(8_193);
  expect(read[0]).toEqual({ id: "8", event: { type: "text-reset", reason: "lagged" } });
  expect(read.at(-1)?.id).toBe("8199");
});

test.each<[string, (text: string) => ShownEvent]>([
  ["text", (text) => ({ type: "text-delta", text })],
  ["progress", (text) => ({ type: "progress", text })],
  ["calls", (text) => ({ type: "tool-call", name: "files.write", arguments: { text } })],
])("keeps no more than some characters of %s, and the newest in any case", async (_what, toEvent) => {
  const feed = createEventFeed();
  for (let index = 0; index < 100; index += 1) feed.push({ id: String(index), event: toEvent("x".repeat(100_000)) });
  feed.push({ id: "large", event: toEvent("x".repeat(5_000_000)) });
  for (let index = 0; index < 100; index += 1) feed.push({ id: String(index), event: toEvent("x".repeat(100_000)) });
  expect((await feed.read().next()).value).toEqual({ id: "59", event: { type: "text-reset", reason: "lagged" } });
  feed.push({ id: "large", event: toEvent("x".repeat(5_000_000)) });
  feed.end();
  expect((await Array.fromAsync(feed.read())).map(({ id, event }) => [id, event.type === "text-reset"])).toEqual([["large", true], ["large", false]]);
});

test("stops reading when told to", async () => {
  const life = new AbortController();
  const reading = Array.fromAsync(createEventFeed().read(life.signal));
  await new Promise((resolve) => setImmediate(resolve));
  life.abort();
  expect(await reading).toEqual([]);
});
