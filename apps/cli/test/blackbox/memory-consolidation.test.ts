import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@omni/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Gateway, Place } from "./omni-process.ts";
import { createPlace, fixture, omni, startGateway, toJson } from "./omni-process.ts";

/** What is said in the first turns; the words of one are in no other. */
const facts = ["the kettle is red", "my ladder measures four metres", "Berta plays violin in Graz", "our anvil weighs ninety kilos", "a zeppelin passed over Friedrichshafen"];

/** What one batch writes: with three turns six passages and an experience, and in the store the summary, the draft, that it is there, how far it came, and the release. */
const inMemory = (turns: number): number => 2 * turns + 1;
const inStore = 5;

/** One write at which a gateway dies. */
interface Point {
  readonly part: "memory" | "store";
  readonly at: number;
  readonly when: "before" | "after";
}

function toPoints(part: Point["part"], writes: number, whens: readonly Point["when"][]): readonly Point[] {
  return Array.from({ length: writes }, (_, index) => whens.map((when) => ({ part, at: index + 1, when }))).flat();
}

const fixtures = { memory: fixture("killing-memory.ts"), store: fixture("killing-notes.ts") } as const;
const killing = ({ part, at, when }: Point): Record<string, string> => ({ [`OMNI_${part.toUpperCase()}_USE`]: fixtures[part], [`OMNI_${part.toUpperCase()}_WITH`]: JSON.stringify({ at, when }) });

interface Memories {
  readonly memories: readonly { readonly id: string; readonly text: string }[];
}

let model: FakeOpenAI;
let base: Place;
/** Transcript, and memories once all is summed up, where nothing was ever interrupted. */
let transcript: unknown;
let expected: readonly string[];

beforeAll(async () => {
  let summaries = 0;
  // The summary does not say what was said, and no two are the same.
  const summary = (): string => JSON.stringify({ summary: `They talked (${++summaries}).`, experiences: [{ intent: "small talk", experience: `exchanged remarks, ${summaries}`, outcome: "all was noted" }] });
  model = await createFakeOpenAI({ script: (body) => textReply(JSON.stringify(body.raw["messages"]).includes("You write down what a conversation") ? summary() : "noted") });
  base = await createPlace({}, { OPENAI_BASE_URL: model.url });
  await base.configure(config);
  const gateway = await startGateway(base);
  for (const fact of facts) expect(await say(gateway, fact)).toMatchObject({ status: "completed" });
  await gateway.stop();
  transcript = await readTranscript(base);
  expected = await inCopy(base, async (place) => {
    const uninterrupted = await startGateway(place);
    expect(await say(uninterrupted, "/compact")).toMatchObject({ output: expect.stringContaining("Summed up 3 turns") });
    await uninterrupted.stop();
    return readMemories(place);
  });
  expect(expected).toHaveLength(inMemory(3));
}, 180_000);
afterAll(async () => {
  await base.dispose();
  await model.close();
});

/** No embedder: what is not found by words is not found. */
const config: JsonObject = { embedder: false, policy: { use: "workspace", with: { autonomy: "full" } } };

async function say(gateway: Gateway, message: string): Promise<unknown> {
  return (await gateway.post("/message", { message })).json();
}

async function inCopy<Result>(from: Place, body: (place: Place) => Promise<Result>, settings: JsonObject = {}): Promise<Result> {
  const place = await createPlace({}, { OPENAI_BASE_URL: model.url });
  try {
    for (const file of ["omni.db", "omni.db-wal", "memory.db"]) await cp(join(from.home, "state", file), join(place.home, "state", file), { recursive: true }).catch(ignoreMissing);
    await place.configure({ ...config, ...settings });
    return await body(place);
  } finally {
    await place.dispose();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

/** Each memory with its id, experiences without the words a model may choose anew. */
async function readMemories(place: Place): Promise<readonly string[]> {
  const { memories } = toJson<Memories>(await omni(place, ["memory", "list", "--json"]));
  return memories.map(({ id, text }) => `${id} ${text.startsWith("small talk") ? "small talk" : text}`).toSorted();
}

interface Shown {
  readonly stats: { readonly windowUsed: number };
  readonly turns: readonly unknown[];
}

async function readSession(place: Place): Promise<Shown> {
  return toJson<Shown>(await omni(place, ["sessions", "show", "http:default", "--json"]));
}

async function readTranscript(place: Place): Promise<readonly unknown[]> {
  return (await readSession(place)).turns.slice(0, facts.length);
}

/** The fact is in what the model is shown when it is asked for. */
async function expectKnown(fact: string, gateway: Gateway): Promise<void> {
  const question = `what of this: ${fact.split(" ").slice(1, 3).join(" ")}?`;
  const from = model.chats.length;
  await say(gateway, question);
  expect(JSON.stringify(model.chats.slice(from).find((chat) => JSON.stringify(chat.body).includes(question))?.body)).toContain(fact);
}

/** What was said in the first turns is remembered as it would be without an interruption, and nothing is remembered twice. */
async function expectKeptOnce(place: Place, turns: number): Promise<void> {
  const isOfThem = (each: string): boolean => facts.slice(0, turns).some((fact) => each.endsWith(` ${fact}`));
  const kept = await readMemories(place);
  expect(kept.filter(isOfThem)).toEqual(expected.filter(isOfThem));
  expect(kept.filter(isOfThem)).toHaveLength(turns);
  expect(new Set(kept).size).toBe(kept.length);
}

describe("kill -9 of the gateway in a consolidation", () => {
  const points = [...toPoints("store", inStore, ["before", "after"]), ...toPoints("memory", inMemory(3), ["before", "after"])];
  it.concurrent.each(points)("RL-21 loses nothing and keeps nothing twice, by hand: $part write $at, $when it is on disk", (point) =>
    inCopy(base, async (place) => {
      const killed = await startGateway(place, { env: killing(point) });
      await say(killed, "/compact").catch(() => undefined);
      expect((await killed.finished).signal).toBe("SIGKILL");
      expect(await readTranscript(place)).toEqual(transcript);
      const again = await startGateway(place);
      await expectKnown(facts[point.at % 3] ?? "", again);
      await say(again, "/compact");
      await say(again, "/compact");
      expect((await again.stop()).code).toBe(0);
      expect(await readTranscript(place)).toEqual(transcript);
      await expectKeptOnce(place, 3);
    }),
  );

  it("has no further write in which it could die", () =>
    inCopy(base, async (place) => {
      const gateway = await startGateway(place, { env: { ...killing({ part: "store", at: inStore + 1, when: "before" }), ...killing({ part: "memory", at: inMemory(3) + 1, when: "before" }) } });
      expect(await say(gateway, "/compact")).toMatchObject({ status: "completed" });
      expect((await gateway.stop()).code).toBe(0);
      expect(await readMemories(place)).toEqual(expected);
    }),
  );

  const small: JsonObject = { window: { use: "ring", with: { capacity: 8, consolidateAt: 4, consolidateBatch: 2 } } };
  it.concurrent.each([...toPoints("store", inStore, ["before"]), ...toPoints("memory", inMemory(2), ["before"])])("RL-21 loses nothing and keeps nothing twice, in the background of a small window: $part write $at", (point) =>
    inCopy(
      base,
      async (place) => {
        const killed = await startGateway(place, { env: killing(point) });
        await say(killed, "one more").catch(() => undefined);
        expect((await killed.finished).signal).toBe("SIGKILL");
        expect(await readTranscript(place)).toEqual(transcript);
        const again = await startGateway(place);
        await expectKnown(facts[point.at % 2] ?? "", again);
        // Seven turns less the two oldest, at least.
        while ((await readSession(place)).stats.windowUsed > 5);
        expect((await again.stop()).code).toBe(0);
        expect(await readTranscript(place)).toEqual(transcript);
        await expectKeptOnce(place, 2);
      },
      small,
    ),
  );
});
