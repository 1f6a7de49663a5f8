import { expect, it } from "vitest";
import { runInNewContext } from "node:vm";
import { setFlagsFromString } from "node:v8";
import { createDiagnosis } from "../src/diagnosis.ts";

it("of a long line only what is shown is held", () => {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  const held = (): number => {
    if (typeof collect === "function") collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const diagnosis = createDiagnosis((text) => text);
  const bytes = new Uint8Array(1_048_576).fill(120);
  const before = held();
  for (let count = 0; count < 20; count += 1) diagnosis.output(new TextDecoder().decode(bytes));
  expect(held() - before).toBeLessThan(8 * 1_048_576);
  expect(diagnosis.read().output).toHaveLength(20);
});
