import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { createPlace, fixture, omni, toJson } from "./omni-process.ts";

const fact = "The door code of the cellar is 4711.";

/** Durable events of a turn that saves: start, prompt, ask model, reply, call, result, ask model, reply, end. */
const events = 9;

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI({
    script(body) {
      const last = (body.raw["messages"] as readonly { readonly role: string; readonly content: unknown }[]).at(-1);
      if (last?.role === "tool") return textReply("saved");
      return JSON.stringify(last).includes("remember the code") ? callReply([{ name: "memory.save", arguments: { text: fact } }]) : textReply("all is well");
    },
  });
});
afterAll(() => model.close());

async function inPlace(body: (place: Place) => Promise<void>): Promise<void> {
  const place = await createPlace({}, { OPENAI_BASE_URL: model.url });
  try {
    await place.configure({ policy: { use: "workspace", with: { autonomy: "full" } } });
    await body(place);
  } finally {
    await place.dispose();
  }
}

/** The turn that was killed is settled by the next of its session: the call is done, and its fact is kept once and found by its words. */
async function expectSavedOnce(place: Place): Promise<void> {
  expect(toJson(await omni(place, ["run", "--session", "s", "--json", "and now?"]))).toMatchObject({ status: "completed", output: "all is well" });
  const { turns } = toJson<{ readonly turns: readonly object[] }>(await omni(place, ["sessions", "show", "s", "--json"]));
  expect(turns).toMatchObject([{ status: "completed", output: "saved", toolCalls: [{ name: "memory.save", status: "completed" }] }, {}]);
  const { memories } = toJson<{ readonly memories: readonly object[] }>(await omni(place, ["memory", "list", "--json"]));
  expect(memories).toMatchObject([{ text: fact, uses: 0, utility: 0.5 }]);
  expect(toJson(await omni(place, ["memory", "search", "--json", "code of the cellar door"]))).toMatchObject({ results: [{ text: fact }] });
}

describe("kill -9 of a turn that saves to memory", () => {
  it.concurrent.each(["before", "after"])("RL-22 keeps what is saved once, and whole: %s it is on disk", (when) =>
    inPlace(async (place) => {
      const env = { OMNI_MEMORY_USE: fixture("killing-memory.ts"), OMNI_MEMORY_WITH: JSON.stringify({ at: 1, when }) };
      expect((await omni(place, ["run", "--session", "s", "remember the code"], { env })).signal).toBe("SIGKILL");
      const { memories } = toJson<{ readonly memories: readonly object[] }>(await omni(place, ["memory", "list", "--json"]));
      expect(memories).toHaveLength(when === "before" ? 0 : 1);
      await expectSavedOnce(place);
    }),
  );

  const points = Array.from({ length: events }, (_, index) => (["before", "after"] as const).map((when) => ({ at: index + 1, when }))).flat();
  it.concurrent.each(points)("RL-22 keeps it once wherever the turn is cut off: event $at, $when it is on disk", (point) =>
    inPlace(async (place) => {
      const env = { OMNI_STORE_USE: fixture("killing-store.ts"), OMNI_STORE_WITH: JSON.stringify(point) };
      expect((await omni(place, ["run", "--session", "s", "remember the code"], { env })).signal).toBe("SIGKILL");
      await expectSavedOnce(place);
    }),
  );
});
