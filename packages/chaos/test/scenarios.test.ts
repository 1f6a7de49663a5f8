import { readFileSync, globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { scenarios } from "../src/scenarios/scenarios.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Faults of the list that are killed, starved or broken here; the others have tests of their own beside the code. */
const here = "1-12 14-19 23 24 26-33 39-43 45-50 52 54-56 63 65 66 69 81 83-86 89 91".split(" ").flatMap(toNumbers);
const elsewhere = "13 21 22 51 53 57-62 70-76 80".split(" ").flatMap(toNumbers);

function toNumbers(range: string): readonly number[] {
  const [from = 0, to = from] = range.split("-").map(Number);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

const toId = (number: number): string => `RL-${String(number).padStart(2, "0")}`;

it("every fault of the list that a harness can do is done here", () => {
  expect([...new Set(scenarios.map(({ id }) => id))].toSorted()).toEqual(here.map(toId).toSorted());
});

it("every other one stands in the name of a test", () => {
  const tests = globSync("{packages,apps}/*/test/**/*.test.ts", { cwd: root, exclude: (path) => path.includes("node_modules") });
  const named = tests.map((path) => readFileSync(`${root}${path}`, "utf8")).join("\n");
  expect(elsewhere.map(toId).filter((id) => !named.includes(`"${id} `) && !named.includes(`${id} `))).toEqual([]);
});

it("each fault runs at least once, and each scenario at least once in the long run and no less often than in the bounded one", () => {
  const bounded = new Set(scenarios.filter(({ runs }) => runs[0] > 0).map(({ id }) => id));
  expect(scenarios.filter(({ id, runs: [short, full] }) => !bounded.has(id) || full < Math.max(1, short))).toEqual([]);
});
