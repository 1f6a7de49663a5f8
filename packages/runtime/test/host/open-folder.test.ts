import { mkdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { FileHandle } from "node:fs/promises";
import type { FolderAccess, OpenFolder } from "../../src/host/open-folder.ts";
import { createFile, detectFolderAccess, openChild, openFile, openRoot } from "../../src/host/open-folder.ts";
import { useTemporaryFolders } from "./temporary-folder.ts";

const temporary = useTemporaryFolders();
const opened: FileHandle[] = [];
afterEach(async () => {
  for (const handle of opened.splice(0)) await handle.close();
});

interface Ground {
  readonly root: string;
  readonly outside: string;
}

/** A root with `folder/file` in it, and a folder outside with a `file` of its own. */
async function prepare(): Promise<Ground> {
  const top = await temporary();
  const [root, outside] = [join(top, "root"), join(top, "outside")];
  await mkdir(join(root, "folder"), { recursive: true });
  await mkdir(outside);
  await writeFile(join(root, "folder", "file"), "inside");
  await writeFile(join(outside, "file"), "outside");
  return { root, outside };
}

function keep(folder: OpenFolder): OpenFolder {
  opened.push(folder.handle);
  return folder;
}

async function swapForLink(path: string, target: string): Promise<void> {
  await rename(path, `${path}-moved`);
  await symlink(target, path);
}

const byPath: FolderAccess = { hasDescriptorPaths: false };
const ways: Readonly<Record<string, FolderAccess>> = { "as this system has it": detectFolderAccess(), "by path": byPath };

for (const [title, access] of Object.entries(ways)) {
  describe(`an open folder, ${title}`, () => {
    it("opens what is in it", async () => {
      const { root } = await prepare();
      const folder = keep(await openChild(keep(await openRoot(root, access)), "folder", root, access));
      const file = await openFile(folder, "file", root, access);
      opened.push(file);
      expect([folder.segments, await file.readFile("utf8")]).toEqual([["folder"], "inside"]);
    });

    it("goes through no link, to a folder or to a file", async () => {
      const { root, outside } = await prepare();
      await symlink(outside, join(root, "link"));
      await symlink(join(outside, "file"), join(root, "file-link"));
      const top = keep(await openRoot(root, access));
      await expect(openChild(top, "link", root, access)).rejects.toMatchObject({ code: expect.stringMatching(/^E(LOOP|NOTDIR)$/) as string });
      await expect(openFile(top, "file-link", root, access)).rejects.toMatchObject({ code: "ELOOP" });
    });

    it("makes no file outside when a link takes its place after it was opened", async () => {
      const { root, outside } = await prepare();
      const folder = keep(await openChild(keep(await openRoot(root, access)), "folder", root, access));
      await swapForLink(join(root, "folder"), outside);
      const made = await createFile(folder, { name: "new", mode: 0o600 }, root, access).then(
        (file) => (opened.push(file), "made"),
        (error: Error) => ("code" in error ? error.code : error.message),
      );
      expect(made).toBe(access.hasDescriptorPaths ? "made" : "files.outside");
    });

    it("never opens outside when a link takes its place after it was opened", async () => {
      const { root, outside } = await prepare();
      const folder = keep(await openChild(keep(await openRoot(root, access)), "folder", root, access));
      await swapForLink(join(root, "folder"), outside);
      const found = await openFile(folder, "file", root, access).then(
        async (file) => {
          opened.push(file);
          return file.readFile("utf8");
        },
        (error: Error) => ("code" in error ? error.code : error.message),
      );
      expect(found).toBe(access.hasDescriptorPaths ? "inside" : "files.outside");
      expect(await readFile(join(outside, "file"), "utf8")).toBe("outside");
    });
  });
}

describe("a root", () => {
  it("that became a link is not opened", async () => {
    const { root, outside } = await prepare();
    await swapForLink(root, outside);
    await expect(openRoot(root, detectFolderAccess())).rejects.toMatchObject({ code: expect.stringMatching(/^E(LOOP|NOTDIR)$/) as string });
  });
});
