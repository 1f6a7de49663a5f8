import { expect, it } from "vitest";
import type { ContractCase, Create } from "./contract.ts";

/**
 * Shows that a kit can fail: for every case there is a fake that breaks just
 * that obligation, and the case catches it. A case without a broken fake
 * fails, and so does a broken fake without a case.
 */
export function describeBroken<T>(cases: readonly ContractCase<T>[], broken: Readonly<Record<string, Create<T>>>): void {
  it("has a broken fake for every case and no other", () => {
    expect(Object.keys(broken).sort()).toEqual(cases.map((each) => each.id).sort());
  });
  for (const contractCase of cases) {
    const create = broken[contractCase.id];
    if (create === undefined) continue;
    it(`${contractCase.id} catches what breaks it: ${contractCase.title}`, async () => {
      await expect(contractCase.run(create)).rejects.toThrow();
    });
  }
}
