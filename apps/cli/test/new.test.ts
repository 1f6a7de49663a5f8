import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFakeTerminal } from "./fake-terminal.ts";
import { makeTemplates, templates } from "./make-templates.ts";
import { runCommandLine } from "../src/command-line.ts";
import { toName, toPackageName, toPascal } from "../src/new/package-name.ts";

const slots = ["provider", "channel", "memory", "window", "tool", "policy", "store", "embedder", "sandbox", "hook"] as const;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "omni-new-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

interface Done {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function omni(...given: readonly string[]): Promise<Done> {
  const terminal = createFakeTerminal({ cwd: root, arguments: ["new", ...given], env: { OMNI_HOME: join(root, "home") } });
  const code = await runCommandLine(terminal, "1.2.3");
  return { code, out: terminal.out(), err: terminal.err() };
}

interface Made {
  readonly folder: string;
  readonly package: string;
  readonly yours: string;
  readonly files: readonly string[];
  readonly use: unknown;
}

async function make(...given: readonly string[]): Promise<Made> {
  const done = await omni(...given, "--json");
  if (done.code !== 0) throw new Error(done.out);
  const made: Made = JSON.parse(done.out);
  return made;
}

/** Lines with code on them: no blanks, no comments. */
function countCode(text: string): number {
  return text.replaceAll(/\/\*[^]*?\*\//g, "").split("\n").filter((line) => !/^\s*(?:\/\/.*)?$/.test(line)).length;
}

describe("the templates", () => {
  it("are what the recipes make; apps/cli/test/make-templates.ts writes them anew", async () => {
    const there = await readdir(templates, { recursive: true, withFileTypes: true });
    const paths = there.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(templates.length + 1)).filter((path) => !path.startsWith("common/"));
    const found = new Map(await Promise.all(paths.map(async (path) => [path, await readFile(join(templates, path), "utf8")] as const)));
    expect(found).toEqual(makeTemplates());
  });

  it("ask for the versions of tools that this repository uses itself", async () => {
    const read = (path: string): Promise<string> => readFile(new URL(`../../../${path}`, import.meta.url), "utf8");
    const { devDependencies: wanted } = JSON.parse(await readFile(join(templates, "common/package.json"), "utf8"));
    const { devDependencies: ours } = JSON.parse(await read("package.json"));
    const vitest = /^ {2}vitest: (.+)$/m.exec(await read("pnpm-workspace.yaml"))?.[1];
    expect(wanted).toEqual({ "@omni/testkit": "__version__", "@types/node": ours["@types/node"], typescript: ours.typescript, vitest });
  });
});

describe("omni new", () => {
  it.each(slots)("makes a whole %s, with nothing of the template's left in it", async (slot) => {
    const made = await make(slot, "my-own");
    expect(made).toMatchObject({ folder: join(root, `${slot}-my-own`), package: `${slot}-my-own`, slot, name: "my-own" });
    expect(made.files).toEqual(expect.arrayContaining([".gitignore", "README.md", "package.json", "src/index.ts", `src/my-own-${slot}.ts`, "test/conformance.test.ts", "tsconfig.json"]));
    const onDisk = await readdir(made.folder, { recursive: true, withFileTypes: true });
    expect(onDisk.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(made.folder.length + 1)).toSorted()).toEqual(made.files);
    for (const file of made.files) expect([file, await readFile(join(made.folder, file), "utf8")]).toEqual([file, expect.not.stringMatching(/__\w+__/)]);
    expect(JSON.parse(await readFile(join(made.folder, "package.json"), "utf8"))).toMatchObject({ name: `${slot}-my-own`, dependencies: { "@omni/core": "1.2.3" }, devDependencies: { "@omni/testkit": "1.2.3" } });
    expect(JSON.stringify(made.use)).toContain(JSON.stringify(made.folder));
    expect(await readFile(join(made.folder, `src/my-own-${slot}.ts`), "utf8")).toMatch(/name: "my-own"/);
  });

  it.each(slots)("leaves one file of its %s to the author, of at most 40 lines of code", async (slot) => {
    const { folder, files, yours } = await make(slot, "own");
    const texts = new Map(await Promise.all(files.map(async (file) => [file, await readFile(join(folder, file), "utf8")] as const)));
    expect([...texts].filter(([, text]) => text.startsWith("// Yours to write")).map(([file]) => file)).toEqual([yours]);
    expect(countCode(texts.get(yours) ?? "")).toBeGreaterThan(5);
    expect(countCode(texts.get(yours) ?? "")).toBeLessThanOrEqual(40);
    expect(texts.get("README.md")).toContain(`\`${yours}\` is yours`);
  });

  it("says the folder on stdout, and on stderr how to test, write and use it", async () => {
    const { code, out, err } = await omni("tool", "weather", "--dir", "my things", "--package", "@me/omni-weather");
    const folder = join(root, "my things", "tool-weather");
    expect({ code, out }).toEqual({ code: 0, out: `${folder}\n` });
    expect(err.split("\n")).toEqual([`Test:  cd '${folder}' && npm install && npm test`, "Write: src/tools.ts (your tools, as the model is shown them)", `Use:   {"tools":{"weather":{"use":${JSON.stringify(folder)}}}} in omni.json`, ""]);
    expect(JSON.parse(await readFile(join(folder, "package.json"), "utf8"))).toMatchObject({ name: "@me/omni-weather" });
  });

  it("takes an empty folder, and refuses one with something in it or a file", async () => {
    await mkdir(join(root, "hook-empty"));
    expect((await omni("hook", "empty")).code).toBe(0);
    await mkdir(join(root, "hook-full"));
    await writeFile(join(root, "hook-full", "mine.txt"), "words");
    expect(await omni("hook", "full")).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/^omni: usage\.invalid: .*hook-full is there already and not empty/) });
    expect(await readdir(join(root, "hook-full"))).toEqual(["mine.txt"]);
    await writeFile(join(root, "hook-file"), "words");
    expect(await omni("hook", "file")).toMatchObject({ code: 2, err: expect.stringContaining("is no folder") });
  });

  it("refuses a slot there is not with the nearest, and makes nothing", async () => {
    expect(await omni("toolset", "own")).toMatchObject({ code: 2, err: expect.stringMatching(/no slot "toolset"; (did you mean tool\?|there are provider)/) });
    expect(await omni("memroy", "own")).toMatchObject({ code: 2, err: expect.stringContaining("did you mean memory?") });
    expect(await omni("__proto__", "own")).toMatchObject({ code: 2 });
    expect(await readdir(root)).toEqual([]);
  });

  it.each(["", "Own", "my own", "../up", "own/part", "1st", "-own", "own-", "a--b", "own_2", "ünder", "a".repeat(65), "constructor;", "x\u0000"])("refuses the name %j, and makes nothing", async (name) => {
    expect(await omni("hook", "--", name)).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/^omni: usage\.invalid: The name .* cannot be taken: /) });
    expect(await readdir(root)).toEqual([]);
  });

  it.each(["Mine", "@me", "me/own", ".own", "_own", "a b", "@me/../own", "x".repeat(215)])("refuses the package name %j, and makes nothing", async (name) => {
    expect(await omni("hook", "own", "--package", name)).toMatchObject({ code: 2, err: expect.stringContaining("The package name") });
    expect(await readdir(root)).toEqual([]);
  });

  it("shows its flags and the slots in its help", async () => {
    const { code, out } = await omni("--help");
    expect(code).toBe(0);
    for (const word of [...slots, "--dir", "--package"]) expect(out).toContain(word);
  });
});

describe("a name", () => {
  it("is taken only where it is harmless in a folder, a package and an identifier", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[a-z0-9-]{1,70}$/)), (word) => {
        let name: string;
        try {
          name = toName(word);
        } catch (error) {
          expect(error).toMatchObject({ code: "usage.invalid" });
          return;
        }
        expect(name).toBe(word);
        expect(name).toMatch(/^[a-z0-9-]{1,64}$/);
        expect(toPackageName(`hook-${name}`)).toBe(`hook-${name}`);
        expect(`create${toPascal(name)}Hook`).toMatch(/^[A-Za-z][A-Za-z0-9]*$/);
      }),
    );
  });

  it("that cannot be taken comes with one that can", () => {
    expect(() => toName("MyOwn Thing_2")).toThrow("such as my-own-thing-2");
    expect(() => toName("42")).toThrow("such as my-own");
  });
});
