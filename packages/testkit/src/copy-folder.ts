import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs a body with new, empty folders for copies, and removes them afterwards. */
export async function inCopyFolders(body: (copy: string, other: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "omni-copies-"));
  try {
    await body(await mkdtemp(join(root, "copy-")), await mkdtemp(join(root, "other-")));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
