import { expect } from "vitest";
import type { Memory } from "@omni/core";
import type { ContractCase } from "./contract.ts";
import type { MemoryPlace } from "./memory.ts";
import { ability, memoryScene, mine, recallTexts, storeAll } from "./memory-case.ts";
import { inCopyFolders } from "./copy-folder.ts";

const backup = { needs: "backup" };

/** Copies, and the way back. */
export const memoryCopyCases: readonly ContractCase<MemoryPlace>[] = [
  memoryScene("M90", "a copy is a memory with everything as it was when the copy was made, with what was learned", backup, ({ memory, openCopy }) =>
    inCopyFolders(async (copy) => {
      const [first = ""] = await storeAll(memory, ["the ferry leaves at nine", "the kettle is red"]);
      await memory.reinforce({ turnId: "t1", ids: [first], reward: 1 });
      const before = await tell(memory);
      await ability(memory.backup, "backup")(copy);
      await storeAll(memory, ["a later note"]);
      await memory.forget([first]);
      const copied = await openCopy(copy);
      expect(await tell(copied)).toEqual(before);
      expect(await recallTexts(copied, "when does the ferry leave", { floor: 0 })).toContain("the ferry leaves at nine");
      expect(await ability(copied.check, "check")()).toMatchObject({ ok: true });
    }),
  ),
  memoryScene("M91", "what was restored is what the copy holds and nothing else, when the place is opened again", backup, ({ memory, reopen }) =>
    inCopyFolders(async (copy) => {
      const [first = ""] = await storeAll(memory, ["the ferry leaves at nine"]);
      await memory.reinforce({ turnId: "t1", ids: [first], reward: 1 });
      const before = await tell(memory);
      await ability(memory.backup, "backup")(copy);
      await memory.reinforce({ turnId: "t2", ids: [first], reward: 0 });
      await storeAll(memory, ["a later note"], { scope: { scope: "user", owner: "someone" } });
      await ability(memory.restore, "restore")(copy);
      const again = await reopen();
      expect(await tell(again)).toEqual(before);
      expect(await recallTexts(again, "ferry at nine")).toEqual(["the ferry leaves at nine"]);
      await again.reinforce({ turnId: "t1", ids: [first], reward: 0 });
      expect(await tell(again)).toEqual(before);
      expect(await ability(again.check, "check")()).toMatchObject({ ok: true });
    }),
  ),
  memoryScene("M92", "a memory in which nothing is kept has a copy, and restoring it leaves nothing", backup, ({ memory, reopen }) =>
    inCopyFolders(async (copy) => {
      await ability(memory.backup, "backup")(copy);
      await storeAll(memory, ["a later note"]);
      await ability(memory.restore, "restore")(copy);
      const again = await reopen();
      expect((await again.stats()).episodes).toBe(0);
      expect(await recallTexts(again, "later note", { floor: 0 })).toEqual([]);
    }),
  ),
  memoryScene("M93", "where there is no copy nothing is restored, and a copy is written over nothing", backup, ({ memory, reopen }) =>
    inCopyFolders(async (copy, other) => {
      await storeAll(memory, ["a note"]);
      await ability(memory.backup, "backup")(copy);
      await expect(ability(memory.backup, "backup")(copy)).rejects.toMatchObject({ code: "memory.failed" });
      await expect(ability(memory.restore, "restore")(other)).rejects.toMatchObject({ code: "memory.failed" });
      expect((await (await reopen()).stats()).episodes).toBe(1);
    }),
  ),
];

async function tell(memory: Memory): Promise<unknown> {
  return { listed: await memory.list({ scopes: [mine], limit: 100 }), count: (await memory.stats()).episodes };
}
