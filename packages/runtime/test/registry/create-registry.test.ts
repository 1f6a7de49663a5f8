import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import type { Registry } from "../../src/registry/registry.ts";
import { createFakeModule } from "./fake-module.ts";
import { createRegistry } from "../../src/registry/create-registry.ts";
import { useTemporaryFolders } from "../host/temporary-folder.ts";

const temporary = useTemporaryFolders();

interface Ground {
  readonly home: string;
  readonly cwd: string;
  readonly registry: Registry;
  resolve(use: string, slot?: "memory" | "tool"): Promise<string>;
}

async function prepare(): Promise<Ground> {
  const top = await temporary();
  const [home, cwd] = [join(top, "home"), join(top, "cwd")];
  await mkdir(home);
  await mkdir(cwd);
  const registry = createRegistry({ memory: { map: async () => ({ omni: createFakeModule("memory", "map") }), fancy: async () => ({ omni: createFakeModule("memory", "fancy") }) } });
  return { home, cwd, registry, resolve: async (use, slot = "memory") => (await registry.resolve(slot, use, { place: slot, configDir: home, home, cwd })).name };
}

const source = (name: string, change = ""): string => `export const omni = { slot: "memory", name: ${JSON.stringify(name)}, contract: 1, options: { jsonSchema: { type: "object" }, parse: (value) => value }, create: () => ({}), ${change} };\n`;

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function putPackage(folder: string, manifest: object, files: Readonly<Record<string, string>>): Promise<void> {
  await put(join(folder, "package.json"), JSON.stringify({ type: "module", ...manifest }));
  for (const [path, text] of Object.entries(files)) await put(join(folder, path), text);
}

describe("a name", () => {
  it("of the table is imported when it is asked for", async () => {
    const { resolve, registry } = await prepare();
    expect(await resolve("map")).toBe("map");
    expect(registry.names("memory")).toEqual(["fancy", "map"]);
    expect(registry.names("hook")).toEqual([]);
  });

  it("that nobody knows is refused with its place, the known ones and the nearest", async () => {
    const { resolve } = await prepare();
    await expect(resolve("mapp")).rejects.toMatchObject({ code: "config.unknown-implementation", message: expect.stringMatching(/^memory\.use names "mapp".*shipped are fancy, map.*Did you mean "map"\?$/) as string });
    await expect(resolve("constructor")).rejects.toMatchObject({ code: "config.unknown-implementation" });
    await expect(resolve("files", "tool")).rejects.toMatchObject({ message: expect.stringContaining("none is shipped") as string });
  });

  it("of the table wins over a package", async () => {
    const { resolve, home } = await prepare();
    await putPackage(join(home, "node_modules", "map"), { exports: "./index.js" }, { "index.js": source("package") });
    expect(await resolve("map")).toBe("map");
  });
});

describe("a path", () => {
  it("starts at the configuration's folder, or is absolute, or is a URL", async () => {
    const { resolve, home } = await prepare();
    await put(join(home, "mine", "memory.mjs"), source("mine"));
    await put(join(home, "..", "typed.ts"), `const name: string = "typed";\n${source("x").replace('"x"', "name")}`);
    expect(await resolve("./mine/memory.mjs")).toBe("mine");
    expect(await resolve("../typed.ts")).toBe("typed");
    expect(await resolve(join(home, "mine", "memory.mjs"))).toBe("mine");
    expect(await resolve(pathToFileURL(join(home, "mine", "memory.mjs")).href)).toBe("mine");
  });

  it("may be a folder with a package.json", async () => {
    const { resolve, home } = await prepare();
    await putPackage(join(home, "folder"), { main: "lib/entry.js" }, { "lib/entry.js": source("folder") });
    expect(await resolve("./folder")).toBe("folder");
  });

  it("that leads nowhere is refused in words", async () => {
    const { resolve, home } = await prepare();
    await mkdir(join(home, "empty"));
    for (const use of ["./none.ts", "./empty", "/none/at/all.js"]) await expect(resolve(use)).rejects.toMatchObject({ code: "config.unknown-implementation", message: expect.stringContaining("no such file") as string });
  });
});

describe("a package", () => {
  it("is looked for in home first, then in the current folder", async () => {
    const { resolve, home, cwd } = await prepare();
    await putPackage(join(cwd, "node_modules", "omni-x"), { exports: "./index.js" }, { "index.js": source("of cwd") });
    expect(await resolve("omni-x")).toBe("of cwd");
    await putPackage(join(home, "node_modules", "omni-y"), { exports: "./index.js" }, { "index.js": source("of home") });
    await putPackage(join(cwd, "node_modules", "omni-y"), { exports: "./index.js" }, { "index.js": source("of cwd") });
    expect(await resolve("omni-y")).toBe("of home");
  });

  it("is entered as import would enter it", async () => {
    const { resolve, home } = await prepare();
    const folder = (name: string): string => join(home, "node_modules", name);
    await putPackage(folder("a"), { exports: { ".": { types: "./a.d.ts", require: "./a.cjs", import: "./a.js" } } }, { "a.js": source("by import only") });
    await putPackage(folder("@me/b"), { exports: { ".": [{ browser: "./none.js" }, { node: { default: "./b.js" } }], "./deep": "./deep.js", "./by/*": "./by/*.js" } }, { "b.js": source("nested conditions"), "deep.js": source("deep"), "by/star.js": source("star") });
    await putPackage(folder("c"), {}, { "index.js": source("index") });
    expect([await resolve("a"), await resolve("@me/b"), await resolve("@me/b/deep"), await resolve("@me/b/by/star"), await resolve("c")]).toEqual(["by import only", "nested conditions", "deep", "star", "index"]);
  });

  it("may be a link, as package managers make them", async () => {
    const { resolve, home } = await prepare();
    await putPackage(join(home, "elsewhere"), { exports: "./index.js" }, { "index.js": source("linked") });
    await mkdir(join(home, "node_modules"));
    await symlink(join(home, "elsewhere"), join(home, "node_modules", "linked"));
    expect(await resolve("linked")).toBe("linked");
  });

  it("that is there and cannot be entered says why", async () => {
    const { resolve, home } = await prepare();
    await putPackage(join(home, "node_modules", "closed"), { exports: { "./only": "./only.js" } }, {});
    await putPackage(join(home, "node_modules", "escaping"), { exports: "./../../outside.js" }, {});
    await put(join(home, "outside.js"), source("outside"));
    await putPackage(join(home, "node_modules", "hollow"), { exports: "./none.js" }, {});
    await expect(resolve("closed")).rejects.toMatchObject({ code: "config.bad-module", message: expect.stringContaining('exports no "."') as string });
    await expect(resolve("escaping")).rejects.toMatchObject({ code: "config.bad-module", message: expect.stringContaining("lies outside of it") as string });
    await expect(resolve("hollow")).rejects.toMatchObject({ code: "config.bad-module", message: expect.stringContaining("does not exist") as string });
  });

  it("whose name leads elsewhere is none", async () => {
    const { resolve, home } = await prepare();
    await putPackage(join(home, "outside"), { exports: "./index.js" }, { "index.js": source("outside") });
    await mkdir(join(home, "node_modules", "a"), { recursive: true });
    for (const use of ["a/../../outside", "..", "@me/../outside", "a\\b", ""]) await expect(resolve(use)).rejects.toMatchObject({ code: expect.stringMatching(/^config\./) as string });
  });
});

describe("a module", () => {
  const faults: Readonly<Record<string, readonly [string, RegExp]>> = {
    "no omni": ["export const other = 1;", /exports no object called omni/],
    "another slot": [source("x", 'slot: "tool"'), /fills the slot "tool", where "memory" is needed/],
    "another contract": [source("x", "contract: 2"), /was written for contract 2, where 1 is needed/],
    "no name": [source("x", 'name: ""'), /has no name/],
    "no schema": [source("x", "options: { parse() {} }"), /has no options.jsonSchema/],
    "no parser": [source("x", "options: { jsonSchema: {} }"), /has no options.parse/],
    "no create": [source("x", "create: 1"), /has no create/],
    "a fault of its own": ['throw new Error("broken inside");', /cannot be loaded: broken inside/],
  };
  for (const [title, [text, message]] of Object.entries(faults)) {
    it(`with ${title} is refused in words`, async () => {
      const { resolve, home } = await prepare();
      await put(join(home, "m.mjs"), text);
      await expect(resolve("./m.mjs")).rejects.toMatchObject({ code: "config.bad-module", message: expect.stringMatching(message) as string });
      await expect(resolve("./m.mjs")).rejects.toThrow('The module "./m.mjs" at memory');
    });
  }
});
