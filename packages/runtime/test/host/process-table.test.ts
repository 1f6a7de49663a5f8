import { expect, it } from "vitest";
import { toLaterProcesses } from "../../src/host/process-table.ts";

it("what is started later is told from what is there already", async () => {
  const listed = [[1, 2], [1, 3], [3, 4]];
  const later = await toLaterProcesses({ list: async () => listed.shift() ?? [], read: async (id, file) => `${file} of ${id}` });
  expect([await later.list(), await later.list(), await later.list()]).toEqual([[3], [3, 4], []]);
  expect(await later.read(3, "stat")).toBe("stat of 3");
});
