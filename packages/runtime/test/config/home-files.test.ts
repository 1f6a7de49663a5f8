import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { HostPaths } from "@omni/core";
import { prepareHome } from "../../src/config/prepare-home.ts";
import { useTemporaryFolders } from "../host/temporary-folder.ts";
import { writeFileAtomically } from "../../src/config/write-file-atomically.ts";

const temporary = useTemporaryFolders();
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
const toPaths = (home: string): HostPaths => ({ home, state: join(home, "state"), workspace: join(home, "workspace") });

describe("preparing a home", () => {
  it("makes it for the owner only", async () => {
    const paths = toPaths(join(await temporary(), "a", "home"));
    expect(await prepareHome(paths)).toEqual([]);
    expect(await Promise.all([paths.home, paths.state, paths.workspace].map(modeOf))).toEqual([0o700, 0o700, 0o700]);
    expect(await prepareHome(paths)).toEqual([]);
  });

  it("closes an open state, and only tells of an open home", async () => {
    const paths = toPaths(join(await temporary(), "home"));
    await mkdir(paths.state, { recursive: true });
    await chmod(paths.home, 0o755);
    await chmod(paths.state, 0o755);
    expect(await prepareHome(paths)).toEqual([expect.stringContaining("chmod 700")]);
    expect([await modeOf(paths.home), await modeOf(paths.state)]).toEqual([0o755, 0o700]);
  });

  it("does not make a workspace that is elsewhere", async () => {
    const top = await temporary();
    await prepareHome({ ...toPaths(join(top, "home")), workspace: join(top, "project") });
    expect(await readdir(top)).toEqual(["home"]);
  });

  it("that cannot be made says so, with the mend", async () => {
    const top = await temporary();
    await writeFile(join(top, "file"), "");
    await expect(prepareHome(toPaths(join(top, "file", "home")))).rejects.toMatchObject({ code: "home.unwritable", message: expect.stringContaining("--home") as string });
  });
});

describe("writing a file of Omni's own", () => {
  it("replaces it whole, for the owner only, and leaves nothing beside it", async () => {
    const folder = await temporary();
    const path = join(folder, "omni.json");
    await writeFile(path, "old", { mode: 0o644 });
    await writeFileAtomically(path, "new");
    expect([await readFile(path, "utf8"), await modeOf(path), await readdir(folder)]).toEqual(["new", 0o600, ["omni.json"]]);
  });

  it("keeps a link to where it is kept", async () => {
    const folder = await temporary();
    await writeFile(join(folder, "real.json"), "old");
    await symlink("real.json", join(folder, "omni.json"));
    await writeFileAtomically(join(folder, "omni.json"), "new");
    expect((await lstat(join(folder, "omni.json"))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, "real.json"), "utf8")).toBe("new");
  });

  it("that cannot be written says so and leaves nothing", async () => {
    const folder = await temporary();
    await expect(writeFileAtomically(join(folder, "none", "omni.json"), "x")).rejects.toMatchObject({ code: "home.unwritable" });
    await mkdir(join(folder, "omni.json"));
    await expect(writeFileAtomically(join(folder, "omni.json"), "x")).rejects.toMatchObject({ code: "home.unwritable" });
    expect(await readdir(folder)).toEqual(["omni.json"]);
  });
});
