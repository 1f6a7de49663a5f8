import { describe, expect, it } from "vitest";
import type { SessionWindow } from "@omni/core";
import { createFakeHost, createMapStorePlace, createScriptedProvider } from "@omni/testkit/fakes";
import { createConsolidationRecords } from "../../src/consolidation/consolidation-record.ts";
import { createConsolidator } from "../../src/consolidation/create-consolidator.ts";

const full = { stats: () => ({ totalTurns: 4, totalToolCalls: 0, used: 4, capacity: 4, tokens: 0 }) } as SessionWindow;

describe("sessions that cannot be consolidated", () => {
  it("wait before they are tried again, of more than a thousand the newest", async () => {
    const { clock, log, tokens } = createFakeHost();
    const store = await createMapStorePlace().open(clock);
    const tried: string[] = [];
    const records = { ...createConsolidationRecords(store), read: async (sessionId: string) => (tried.push(sessionId), Promise.reject(new Error("no"))) };
    const consolidator = createConsolidator({
      store,
      records,
      provider: createScriptedProvider(),
      hooks: [],
      scopeOf: () => ({ scope: "global", owner: "all" }),
      tokens,
      contextTokens: async () => 32_000,
      clock,
      log,
      windows: { consolidateAt: 4 },
      windowOf: async () => full,
    });
    const isTried = async (sessionId: string): Promise<boolean> => {
      const before = tried.length;
      consolidator.consider(sessionId, full, { from: null, isTrimmed: false });
      await consolidator.idle();
      return tried.length > before;
    };
    expect([await isTried("s0"), await isTried("s0")]).toEqual([true, false]);
    for (let index = 1; index < 1_000; index += 1) await isTried(`s${index}`);
    expect(await isTried("s0")).toBe(false);
    await isTried("s1000");
    expect([await isTried("s1"), await isTried("s1000"), await isTried("s0")]).toEqual([false, false, true]);
  });
});
