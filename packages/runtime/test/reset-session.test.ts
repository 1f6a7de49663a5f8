import { describe, expect, it } from "vitest";
import { createMapStore } from "@omni/testkit/fakes";
import { createConsolidationRecords } from "../src/consolidation/consolidation-record.ts";
import { resetSession } from "../src/reset-session.ts";

describe("resetSession", () => {
  it("takes the summary out of what the next turn is shown, also where no turn is shown any more", async () => {
    const store = createMapStore();
    const records = createConsolidationRecords(store);
    await records.write("test:a", { through: "t1", summaryId: "sum", draftId: "draft" }, 0);
    await resetSession("test:a", { store, records });
    expect((await records.read("test:a")).record).toMatchObject({ through: "t1", summaryId: null, draftId: null });
  });

  it("passes and releases every turn that was shown, the record first", async () => {
    const steps: string[] = [];
    const records = createConsolidationRecords(createMapStore());
    await resetSession("test:a", {
      store: { slots: async () => [{ turnId: "t9", checkpointId: "t9", toolCalls: 0, tokens: 1, at: 1 }], release: async (_sessionId, through) => void steps.push(`release ${through}`) },
      records: { read: records.read, write: async (...given) => (steps.push(`record ${given[1].through}`), records.write(...given)) },
    });
    expect(steps).toEqual(["record t9", "release t9"]);
  });

  it("goes on where a consolidation was faster, and gives up where one always is", async () => {
    const records = createConsolidationRecords(createMapStore());
    let refusals = 3;
    const write: typeof records.write = async (...given) => (refusals-- > 0 ? false : records.write(...given));
    const store = { slots: async () => [{ turnId: "t1", checkpointId: "t1", toolCalls: 0, tokens: 1, at: 1 }], release: async () => undefined };
    await resetSession("test:a", { store, records: { read: records.read, write } });
    expect((await records.read("test:a")).record.through).toBe("t1");
    refusals = Infinity;
    await expect(resetSession("test:a", { store, records: { read: records.read, write } })).rejects.toMatchObject({ code: "session.busy" });
  });

  it("leaves a session alone of which nothing was shown or summed up", async () => {
    const store = createMapStore();
    const records = createConsolidationRecords(store);
    await resetSession("test:none", { store, records });
    expect((await records.read("test:none")).version).toBe(0);
  });
});
