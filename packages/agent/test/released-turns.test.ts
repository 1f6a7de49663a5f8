import { describe, expect, it } from "vitest";
import type { DurableEvent, PromptEvent } from "@omni/core";
import type { AgentParts, EarlierTurn } from "../src/index.ts";
import { createHarness, says } from "./turn-harness.ts";

const toEarlier = (turnId: string): EarlierTurn => ({ turnId, messages: [{ role: "user", content: [{ type: "text", text: `said in ${turnId}` }] }], historyFrom: "t-0", isForeign: false });
const prompt: PromptEvent = { type: "prompt", blocks: [], recalled: [], historyFrom: "t-0", summary: "old", text: "do it" };

/** The summary that is kept under an id, or the newest. */
const summary: AgentParts["summary"] = async (checkpointId = "newest") => ({ checkpointId, text: `the ${checkpointId} summary` });

/** What the model is shown by a turn that goes on from this record, while the window holds these turns. */
async function toShown(recorded: readonly DurableEvent[], held: readonly string[]): Promise<string> {
  const turn = createHarness({ script: [says("ok")], earlier: held.map(toEarlier), parts: { recorded, summary, attempt: recorded.length === 0 ? 1 : 2 } });
  expect(await turn.run()).toMatchObject({ status: "completed" });
  return JSON.stringify(turn.requests[0]?.messages);
}

describe("a turn that is taken up again", () => {
  it("shows what it showed, on the summary it was begun with", async () => {
    const shown = await toShown([prompt], ["t-0", "t-1"]);
    for (const told of ["the old summary", "said in t-0", "said in t-1"]) expect(shown).toContain(told);
  });

  it.each([
    ["which it was begun with", [prompt]],
    ["where it was cut", [{ ...prompt, historyFrom: "t--1" }, { type: "trim", round: 1, historyFrom: "t-0", roundsThrough: 0, tokensBefore: 2, tokensAfter: 1 }]],
    ["and it was begun without a summary", [{ type: "prompt", blocks: [], recalled: [], historyFrom: "t-0", text: "do it" }]],
  ] as const)("begins at what is held first, on the newest summary, when the turn was released %s", async (_where, recorded) => {
    const shown = await toShown(recorded, ["t-1", "t-2"]);
    for (const told of ["the newest summary", "said in t-1", "said in t-2"]) expect(shown).toContain(told);
  });

  it("stands on the newest summary alone when every turn was released", async () => {
    const shown = await toShown([prompt], []);
    expect(shown).toContain("the newest summary");
    expect(shown).not.toContain("said in");
  });

  it("shows no earlier turn where it showed none", async () => {
    const shown = await toShown([{ ...prompt, historyFrom: null }], ["t-1"]);
    expect(shown).toContain("the old summary");
    expect(shown).not.toContain("said in");
  });
});

describe("a turn that begins while others are released", () => {
  it("is told of each, for the summary is read when it is known what the window holds", async () => {
    let released = "nothing";
    const held = createHarness({ script: [], earlier: ["t-1"].map(toEarlier) }).parts;
    const turn = createHarness({
      script: [says("ok")],
      parts: {
        history: held.history,
        summary: async () => ({ checkpointId: "s", text: `summed up: ${released}` }),
        window: { ...held.window, recent: (limit) => ((released = "t-0"), held.window.recent(limit)) },
      },
    });
    await turn.run();
    const shown = JSON.stringify(turn.requests[0]?.messages);
    expect(shown).toContain("summed up: t-0");
    expect(shown).toContain("said in t-1");
    expect(turn.recorded.find((event) => event.type === "prompt")).toMatchObject({ summary: "s", historyFrom: "t-1" });
  });
});
