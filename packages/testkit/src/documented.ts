import { expect, it } from "vitest";
import type { ContractCase } from "./contract.ts";

/**
 * Holds a kit and its page equal: every case stands in the page as a line
 * `- **ID** title`, in the same order, and nothing else does.
 */
export function describeDocumented<T>(cases: readonly ContractCase<T>[], page: string): void {
  it("is documented case by case", () => {
    const lines = [...page.matchAll(/^- \*\*([A-Z]+\d+)\*\* (.+)$/gm)].map((match) => `${match[1]} ${match[2]}`);
    expect(lines).toEqual(cases.map((each) => `${each.id} ${each.title}`));
  });
}
