import { afterEach, describe, expect, it } from "vitest";
import { textReply } from "@omni/testkit/fakes";
import { createConsolidationRecords } from "../src/consolidation/consolidation-record.ts";
import { createRuntimeHarness } from "./runtime-harness.ts";
import type { RuntimeHarness } from "./runtime-harness.ts";

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

describe("a window that is opened", () => {
  it("releases what a consolidation has passed that was killed before it did so", async () => {
    harness = await createRuntimeHarness({ script: () => textReply("counted") });
    const first = await harness.open();
    const turnIds: string[] = [];
    for (const text of ["one is red", "two is blue", "three is green"]) turnIds.push((await (await first.submit(harness.message(text))).outcome).turnId);
    const summaryId = await first.store.putText("test:a", turnIds[1] ?? "", "They counted colours.");
    await createConsolidationRecords(first.store).write("test:a", { through: turnIds[1] ?? "", summaryId, draftId: null }, 0);
    await first.close();
    const second = await harness.open();
    await (await second.submit(harness.message("and now?"))).outcome;
    const request = JSON.stringify(harness.provider.requests.at(-1)?.messages);
    expect(["They counted colours.", "three is green", "two is blue"].map((text) => request.includes(text))).toEqual([true, true, false]);
    expect((await second.store.slots("test:a", 10)).map(({ turnId }) => turnId)).not.toContain(turnIds[1]);
  });
});
