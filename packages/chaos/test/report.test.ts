import { expect, it } from "vitest";
import type { Scenario } from "../src/scenario.ts";
import type { TrialResult } from "../src/run-scenarios.ts";
import { toFailureText, toRows, toScenarioRows, toTable } from "../src/report.ts";

const scenario: Scenario = { id: "RL-10", title: "in the middle", faultClass: "kill at a barrier", runs: [1, 2], run: async () => undefined };
const kept: TrialResult = { scenario, index: 0, seed: 7, breaches: [], notes: [], unknownReported: 1, labelledRepeats: 0, messages: 2, kills: 1, readyMs: [300], tookMs: 10, kept: [] };
const broken: TrialResult = {
  ...kept,
  index: 3,
  seed: 10,
  breaches: [{ promise: "C1", kind: "lost", detail: "m-000001 is gone" }, { promise: "C2", kind: "duplicated", detail: "twice" }, { promise: "C3", kind: "run-twice", detail: "twice" }, { promise: "C4", kind: "out-of-order", detail: "wrong" }],
  notes: ["k = 12 of 90"],
  kept: ["/tmp/home"],
};

it("each kind of breach has its place in the table, and every run counts", () => {
  expect(toRows([kept, broken])).toMatchObject([{ name: "kill at a barrier", runs: 2, messages: 4, kills: 2, lost: 1, duplicated: 1, runTwice: 1, otherBreaches: 1, unknownReported: 2, recoveryP50: 300 }, { name: "all", runs: 2 }]);
  expect(toScenarioRows([broken])).toMatchObject([{ name: "RL-10 in the middle", lost: 1 }]);
  expect(toTable(toRows([]))).toContain("| all | 0 |");
});

it("a failure says what is needed to see it again", () => {
  const text = toFailureText(broken);
  for (const part of ["RL-10", "C1 lost: m-000001 is gone", "k = 12 of 90", "kept: /tmp/home", "pnpm chaos --only RL-10 --run 3 --seed 7"]) expect(text).toContain(part);
});
