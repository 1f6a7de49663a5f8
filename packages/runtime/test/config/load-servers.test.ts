import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ReadServers } from "../../src/config/load-servers.ts";
import { loadServers } from "../../src/config/load-servers.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "omni-servers-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const seen: { text: string; path: string; taken: readonly string[] }[] = [];
const readServers: ReadServers = async (text, context) => {
  seen.push({ text, path: context.path, taken: context.taken });
  const { value, missing } = context.expand({ url: "${ADDRESS}/${NAME}", deep: { again: "${NAME}" } });
  return { choices: { one: { use: "any", with: value } }, warnings: [...missing] };
};
const request = (more: object = {}) => ({ env: { ADDRESS: "http://127.0.0.1:1" }, cwd: home, userHome: home, readServers, ...more });

describe("loadServers", () => {
  it("reads the home's file, with the owners that are taken and the environment's variables", async () => {
    await writeFile(join(home, "mcp.json"), "{}");
    const { choices, warnings } = await loadServers(request(), home, ["files"]);
    expect(seen.at(-1)).toEqual({ text: "{}", path: join(home, "mcp.json"), taken: ["files"] });
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

  it("takes a file that a flag named, and refuses one that is not there", async () => {
    await writeFile(join(home, "mine.json"), "[]");
    await loadServers(request({ mcpConfig: "mine.json" }), home, []);
    expect(seen.at(-1)?.text).toBe("[]");
    await expect(loadServers(request({ mcpConfig: "gone.json" }), home, [])).rejects.toMatchObject({ code: "config.invalid", message: expect.stringContaining("gone.json") });
  });
});
