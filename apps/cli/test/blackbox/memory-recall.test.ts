import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { inMemoryPlace, listAll, say, takeIn, toRecalled } from "./memory-place.ts";
import { omni, startGateway, toJson } from "./omni-process.ts";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI({
    script(body) {
      const last = JSON.stringify((body.raw["messages"] as readonly unknown[]).at(-1));
      if (last.includes("remember that")) return callReply([{ name: "memory.save", arguments: { text: "The violin of Berta lies in the attic." } }]);
      return textReply("noted");
    },
  });
});
afterAll(() => model.close());

const ask = async (place: Place, session: string, message: string): Promise<readonly string[]> => {
  expect(toJson(await omni(place, ["run", "--session", session, "--json", message]))).toMatchObject({ status: "completed" });
  return toRecalled(model);
};

describe("what is remembered of one session", () => {
  it("is in no request of another", () =>
    inMemoryPlace(model, async (place) => {
      await ask(place, "a", "remember that the violin of Berta lies in the attic");
      expect(await listAll(place)).toMatchObject([{ scope: "session:cli:a" }]);
      const from = model.chats.length;
      expect(await ask(place, "b", "where is the violin of Berta?")).toEqual([]);
      expect(JSON.stringify(model.chats.slice(from).map(({ body }) => body))).not.toContain("attic");
      expect(await ask(place, "a", "where is the violin of Berta?")).toEqual([expect.stringContaining("lies in the attic")]);
    }));

  it("is known in the others where it is kept for the person", () =>
    inMemoryPlace(
      model,
      async (place) => {
        await ask(place, "a", "remember that the violin of Berta lies in the attic");
        expect(await listAll(place)).toMatchObject([{ scope: "user:owner" }]);
        expect(await ask(place, "b", "where is the violin of Berta?")).toEqual([expect.stringContaining("lies in the attic")]);
      },
      { agent: { memoryScope: "user" } },
    ));
});

describe("what helped", () => {
  const vinegar = { id: "vinegar", text: "Cleaned the kettle with vinegar", intent: "clean the kettle", experience: "with vinegar", outcome: "fine" };
  const lemons = { ...vinegar, id: "lemons", text: "Cleaned the kettle with lemons", experience: "with lemons", at: 1_700_000_001_000 };
  const toOrder = (lines: readonly string[]): readonly string[] => lines.map((line) => (line.includes("vinegar") ? "vinegar" : "lemons"));

  it("comes before what is as similar, from the next request on and after a restart", () =>
    inMemoryPlace(
      model,
      async (place) => {
        await takeIn(place, [vinegar, lemons]);
        const one = await startGateway(place, { env: { OMNI_MEMORY_WITH_MOSTEXPERIENCES: "1" } });
        await say(one, "first", "how was the kettle cleaned with vinegar?");
        expect(toOrder(toRecalled(model))).toEqual(["vinegar"]);
        await say(one, "other", "how was the kettle cleaned?");
        expect(toOrder(toRecalled(model))).toEqual(["lemons"]);
        expect(await say(one, "first", "/feedback up")).toMatchObject({ output: "Noted for the memory that the last answer was shown." });
        await say(one, "first", "/feedback up");
        await one.stop();
        const two = await startGateway(place);
        await say(two, "second", "how was the kettle cleaned?");
        expect(toOrder(toRecalled(model))).toEqual(["vinegar", "lemons"]);
        expect((await listAll(place)).map(({ id, uses, utility }) => [id, uses, utility > 0.5])).toEqual([
          ["lemons", 0, false],
          ["vinegar", 1, true],
        ]);
        await two.stop();
        await ask(place, "third", "how was the kettle cleaned?");
        expect(toOrder(toRecalled(model))).toEqual(["vinegar", "lemons"]);
        const { shown, blocks } = toJson<{ readonly shown: readonly object[]; readonly blocks: readonly object[] }>(await omni(place, ["memory", "why", "--session", "third", "--json"]));
        expect(shown).toMatchObject([{ id: "vinegar", successes: 1 }, { id: "lemons", successes: 0 }]);
        expect(blocks).toContainEqual(expect.objectContaining({ name: "recalled", source: "memory", text: expect.stringContaining("vinegar") }));
      },
      { embedder: false, agent: { memoryScope: "agent" } },
    ));

  /** The nearer a memory is to the question, the less it has helped. */
  const experiences = [
    { id: "near", text: "Descaled the copper kettle with lemon juice on Sunday", q: 0.1 },
    { id: "middle", text: "Descaled a kettle with vinegar", q: 0.55 },
    { id: "far", text: "Filled the kettle at the well", q: 1 },
  ];
  it.each([0, 0.3, 1])("is weighed by λ = %s as the formula says, by similarity for the rest", (weight) =>
    inMemoryPlace(
      model,
      async (place) => {
        await takeIn(place, experiences);
        const env = { OMNI_MEMORY_WITH_UTILITYWEIGHT: String(weight), OMNI_MEMORY_WITH_FLOOR: "0.01" };
        const query = "how was the copper kettle descaled with lemon juice on Sunday?";
        const { results } = toJson<{ readonly results: readonly { readonly id: string; readonly score: number; readonly similarity: number; readonly utility: number }[] }>(await omni(place, ["memory", "search", "--floor", "0", "--json", query], { env }));
        const score = ({ similarity, utility }: (typeof results)[number]): number => (1 - weight) * similarity + weight * utility;
        for (const each of results) expect(each.score).toBeCloseTo(score(each), 10);
        const bySimilarity = ["near", "middle", "far"];
        expect(results.toSorted((left, right) => right.similarity - left.similarity).map(({ id }) => id)).toEqual(bySimilarity);
        const order = results.toSorted((left, right) => score(right) - score(left)).map(({ id }) => id);
        expect(results.map(({ id }) => id)).toEqual(order);
        if (weight === 0) expect(order).toEqual(bySimilarity);
        if (weight === 1) expect(order).toEqual(bySimilarity.toReversed());
        await omni(place, ["run", query], { env });
        const shown = toRecalled(model).map((line) => experiences.find(({ text }) => line.includes(text))?.id);
        // What is known to hinder is not shown beside what is better.
        const hinders = (id: string): boolean => weight > 0 && (experiences.find((each) => each.id === id)?.q ?? 0) < 0.42;
        expect(shown).toEqual(order.filter((id, index) => index === 0 || !hinders(id)));
      },
      { embedder: false, agent: { memoryScope: "agent" } },
    ));
});

describe("MEMORY.md of the workspace", () => {
  const question = "what is the door code of the cellar?";
  const edit = (place: Place, content: string | Uint8Array): Promise<void> => writeFile(join(place.workspace, "MEMORY.md"), content);

  it("changes what is recalled in the next turn, whatever it looks like, and forgets what is taken out", () =>
    inMemoryPlace(
      model,
      async (place) => {
        let sessions = 0;
        const recalled = (): Promise<readonly string[]> => ask(place, `s${++sessions}`, question);
        expect(await recalled()).toEqual([]);
        await edit(place, "# Memory\n\n- The door code of the cellar is 4711\n- Berta lives in Graz\n");
        expect(await recalled()).toEqual([expect.stringContaining("is 4711")]);
        await edit(place, "# Memory\n\n- The door code of the cellar is 4712\n- Berta lives in Graz\n");
        expect(await recalled()).toEqual([expect.stringContaining("is 4712")]);
        expect((await listAll(place)).map(({ text }) => text).toSorted()).toEqual(["Berta lives in Graz", "The door code of the cellar is 4712"]);
        // Broken lists, fences and headings: what is an item counts, the rest is left alone.
        await edit(place, "##no heading\n ```\n- in a fence\n```\n>quote\n\r\n*   [x] The door code\n      of the cellar is 4713\n-no item\n1) \u202e\n| - table |\n<ul><li>html</li>");
        expect(await recalled()).toEqual([expect.stringContaining("The door code of the cellar is 4713")]);
        expect(await listAll(place)).toHaveLength(1);
        // What cannot be read as text changes nothing.
        await edit(place, Uint8Array.of(0x2d, 0x20, 0xff, 0xfe, 0x00));
        expect(await recalled()).toEqual([expect.stringContaining("is 4713")]);
        await edit(place, "nothing is left\n");
        expect(await recalled()).toEqual([]);
        expect(await listAll(place)).toEqual([]);
      },
      { embedder: false },
    ));

  it("counts in the next turn of a gateway that has read it before", () =>
    inMemoryPlace(
      model,
      async (place) => {
        await edit(place, "- The door code of the cellar is 4711\n");
        const gateway = await startGateway(place, { env: { OMNI_WORKSPACE: place.workspace } });
        await say(gateway, "one", question);
        expect(toRecalled(model)).toEqual([expect.stringContaining("is 4711")]);
        await edit(place, "- The door code of the cellar is 1234567\n");
        await say(gateway, "two", question);
        expect(toRecalled(model)).toEqual([expect.stringContaining("is 1234567")]);
        await gateway.stop();
      },
      { embedder: false },
    ));
});
