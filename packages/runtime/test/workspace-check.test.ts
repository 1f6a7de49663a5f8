import { mkdtemp, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createManualClock } from "@omni/testkit/fakes";
import { createWorkspaceCheck } from "../src/workspace-check.ts";

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "omni-workspace-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe("createWorkspaceCheck", () => {
  it("takes a folder, and nothing that is none", async () => {
    const check = createWorkspaceCheck(createManualClock());
    const folder = await makeFolder();
    await writeFile(join(folder, "file"), "");
    await expect(check(folder)).resolves.toBeUndefined();
    for (const none of [join(folder, "file"), join(folder, "gone")]) await expect(check(none)).rejects.toMatchObject({ code: "workspace.not-found", message: expect.stringContaining(none) });
  });

  it("looks again after a second, and at once for what was not there", async () => {
    const clock = createManualClock();
    const check = createWorkspaceCheck(clock);
    const folder = await makeFolder();
    await check(folder);
    await rmdir(folder);
    await expect(check(folder)).resolves.toBeUndefined();
    await clock.advance(1_000);
    await expect(check(folder)).rejects.toMatchObject({ code: "workspace.not-found" });
    await writeFile(folder, "");
    await expect(check(folder)).rejects.toMatchObject({ code: "workspace.not-found" });
  });
});
