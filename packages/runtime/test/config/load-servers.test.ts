import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ReadServers } from "../../src/config/load-servers.ts";
import { loadServers, toProviderInForce } from "../../src/config/load-servers.ts";
import { toSha256 } from "../../src/sha256.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "omni-servers-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const seen: Pick<Parameters<ReadServers>[1] & { text: string }, "text" | "path" | "taken" | "origin" | "folder">[] = [];
const readServers: ReadServers = async (text, context) => {
  const { path, taken, origin, folder } = context;
  seen.push({ text, path, taken, origin, ...(folder === undefined ? {} : { folder }) });
  const { value, missing } = context.expand({ url: "${ADDRESS}/${NAME}", deep: { again: "${NAME}" } });
  return { choices: { one: { use: "any", with: value } }, warnings: [...missing] };
};
const request = (more: object = {}) => ({ env: { ADDRESS: "http://127.0.0.1:1" }, cwd: home, userHome: home, readServers, ...more });

describe("loadServers", () => {
  it("reads the home's file, with the owners that are taken and the environment's variables", async () => {
    await writeFile(join(home, "mcp.json"), "{}");
    const { choices, warnings } = await loadServers(request(), home, ["files"]);
    expect(seen.at(-1)).toEqual({ text: "{}", path: join(home, "mcp.json"), taken: ["files"], origin: "home" });
    expect(choices["one"]?.with["url"]).toBe("http://127.0.0.1:1/${NAME}");
    expect(warnings).toEqual(["NAME"]);
  });

  it("does without a file that is not there, and without a reader", async () => {
    const nothing = { choices: {}, warnings: [] };
    expect(await loadServers(request(), home, [])).toEqual(nothing);
    await writeFile(join(home, "mcp.json"), "{}");
    const { readServers: _none, ...without } = request();
    expect(await loadServers(without, home, [])).toEqual(nothing);
  });

  it("hands on the provider that the servers make possible", async () => {
    await writeFile(join(home, "mcp.json"), "{}");
    const provider = { use: "any", with: {} };
    expect(await loadServers(request({ readServers: async () => ({ choices: {}, warnings: [], provider }) }), home, [])).toMatchObject({ provider });
  });

  it("takes a file that a flag named, and refuses one that is not there", async () => {
    await writeFile(join(home, "mine.json"), "[]");
    await loadServers(request({ mcpConfig: "mine.json" }), home, []);
    expect(seen.at(-1)?.text).toBe("[]");
    await expect(loadServers(request({ mcpConfig: "gone.json" }), home, [])).rejects.toMatchObject({ code: "config.invalid", message: expect.stringContaining("gone.json") });
  });
});

describe("a folder's own .mcp.json", () => {
  const mine = '{ "mcpServers": {} }';
  let folder: string;
  beforeEach(async () => {
    folder = join(await realpath(home), "project");
    await mkdir(folder);
    await writeFile(join(folder, ".mcp.json"), mine);
    await writeFile(join(home, "mcp.json"), "{}");
    seen.length = 0;
  });
  const trust = (folders: object): Promise<void> => writeFile(join(home, "omni.json"), JSON.stringify({ trustedWorkspaces: folders }));
  const hash = (text: string): string => `sha256:${toSha256(text)}`;
  const load = (more: object = {}): ReturnType<typeof loadServers> => loadServers(request({ cwd: folder, ...more }), home, []);

  it("has no effect and is told, with the command, until the folder is trusted", async () => {
    expect((await load()).warnings).toEqual([expect.stringMatching(/project\/\.mcp\.json has no effect: .*omni mcp servers trust \S*project$/), "NAME"]);
    expect(seen.map((each) => each.origin)).toEqual(["home"]);
  });

  it("counts in a folder that is trusted with these bytes, named by its path or from the user's folder, and replaces the home's", async () => {
    for (const key of [folder, "~/project", `${folder}/`]) {
      await trust({ [key]: hash(mine) });
      await load();
      expect(seen.at(-1)).toEqual({ text: mine, path: join(folder, ".mcp.json"), taken: [], origin: "workspace", folder });
    }
  });

  it("counts also when the command was started through a link to the folder", async () => {
    await trust({ [folder]: hash(mine) });
    await symlink(folder, join(home, "link"));
    await load({ cwd: join(home, "link") });
    expect(seen.at(-1)).toMatchObject({ origin: "workspace", folder });
  });

  it("does not count any more once it has changed", async () => {
    await trust({ [folder]: hash(mine) });
    await writeFile(join(folder, ".mcp.json"), `${mine} `);
    expect((await load()).warnings[0]).toContain("has changed since");
    expect(seen.map((each) => each.origin)).toEqual(["home"]);
  });

  it.each([
    ["a folder above is trusted", (own: string) => ({ [join(own, "..")]: hash(mine) })],
    ["a folder below is trusted", (own: string) => ({ [join(own, "sub")]: hash(mine) })],
    ["the hash is none", (own: string) => ({ [own]: true })],
    ["the hash is empty", (own: string) => ({ [own]: "" })],
    ["the table is a list", (own: string) => [own]],
  ])("does not count when %s", async (_, table) => {
    await trust(table(folder));
    await load();
    expect(seen.map((each) => each.origin)).toEqual(["home"]);
  });

  it("cannot be trusted by the environment", async () => {
    const { warnings } = await load({ env: { OMNI_TRUSTED_WORKSPACES: JSON.stringify({ [folder]: hash(mine) }) } });
    expect(seen.map((each) => each.origin)).toEqual(["home"]);
    expect(warnings.join("\n")).toContain("OMNI_TRUSTED_WORKSPACES has no effect");
  });

  it("is not looked at when a flag names a file, and is no file when it is a link or a folder", async () => {
    await writeFile(join(home, "flag.json"), "[]");
    expect((await load({ mcpConfig: join(home, "flag.json") })).warnings).toEqual(["NAME"]);
    await rm(join(folder, ".mcp.json"));
    await symlink(join(home, "flag.json"), join(folder, ".mcp.json"));
    await trust({ [folder]: hash("[]") });
    expect((await load()).warnings[0]).toContain("no regular file");
    expect(seen.map((each) => each.origin)).toEqual(["flag", "home"]);
  });
});

describe("the provider that servers offer", () => {
  const chosen = { use: "none", with: {} };
  const offered = { use: "found", with: { addresses: ["a"] } };

  it("counts where nobody chose one, with the options that somebody stated", () => {
    expect(toProviderInForce(chosen, offered, [{ source: "default", value: { provider: { use: "none" } } }])).toEqual(offered);
    expect(toProviderInForce({ use: "none", with: { model: "m" } }, offered, [{ source: "environment", value: { provider: { with: { model: "m" } } } }])).toEqual({ use: "found", with: { model: "m", addresses: ["a"] } });
    expect(toProviderInForce(chosen, undefined, [])).toBe(chosen);
  });

  it.each(["file", "environment", "override"])("does not count where the layer %s chose one", (source) => {
    for (const provider of ["named", { use: "none" }]) expect(toProviderInForce(chosen, offered, [{ source, value: { provider } }])).toBe(chosen);
  });
});
