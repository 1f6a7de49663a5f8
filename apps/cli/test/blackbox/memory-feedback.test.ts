import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { inMemoryPlace, listAll, say, takeIn } from "./memory-place.ts";
import { omni, startGateway } from "./omni-process.ts";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI({
    script(body) {
      const last = (body.raw["messages"] as readonly { readonly role: string; readonly content: unknown }[]).at(-1);
      return last?.role !== "tool" && JSON.stringify(last).includes("descale") ? callReply([{ name: "files.list", arguments: {} }]) : textReply("done");
    },
  });
});
afterAll(() => model.close());

const config = { embedder: false, agent: { memoryScope: "agent" } } as const;
const kettle = { id: "kettle", text: "Descaled the kettle with vinegar", intent: "descale the kettle", experience: "with vinegar", outcome: "fine" };
const numbers = async (place: Place): Promise<unknown> => (await listAll(place)).map(({ uses, utility }) => [uses, Math.sign(utility - 0.5)]);

describe("the word of a person", () => {
  it("counts before what the tools say, also after the process of the turn has ended, and once", () =>
    inMemoryPlace(
      model,
      async (place) => {
        await takeIn(place, [kettle]);
        await omni(place, ["run", "--session", "s", "descale the kettle"]);
        await omni(place, ["run", "--session", "s", "/feedback down"]);
        await omni(place, ["run", "--session", "s", "/feedback down"]);
        expect(await numbers(place)).toEqual([[1, -1]]);
        await omni(place, ["run", "--session", "s", "thanks"]);
        await omni(place, ["run", "--session", "t", "thanks"]);
        expect(await numbers(place)).toEqual([[1, -1]]);
      },
      config,
    ));

  it("is waited for until the next turn of the session, also when the gateway is killed meanwhile", () =>
    inMemoryPlace(
      model,
      async (place) => {
        await takeIn(place, [kettle]);
        const one = await startGateway(place);
        await say(one, "s", "descale the kettle");
        expect(await numbers(place)).toEqual([[0, 0]]);
        await one.kill();
        const two = await startGateway(place);
        await say(two, "s", "thanks");
        await two.stop();
        expect(await numbers(place)).toEqual([[1, 1]]);
      },
      config,
    ));
});
