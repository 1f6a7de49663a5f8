import { describe, expect, it } from "vitest";
import { rules } from "../rules.ts";
import type { Changes } from "./fixture-tree.ts";
import { functionOf, manifest, violationsWith } from "./fixture-tree.ts";

/** A breach of one rule, planted into the clean tree, and where it is reported. */
interface Planted {
  readonly rule: string;
  readonly what: string;
  readonly changes: Changes;
  readonly at: string;
}

const agent = "packages/agent/src/run-turn.ts";
const added = "packages/memory-map/src/added.ts";
const core = { "@omni/core": "workspace:^" };

/** A breach that stands in one new file. */
const inFile = (rule: string, what: string, path: string, text: string): Planted => ({ rule, what, changes: { [path]: text }, at: path });

/** The same, where the line matters. */
const atLine = (line: number, breach: Planted): Planted => ({ ...breach, at: `${breach.at}:${line}` });

/** A breach in the package.json of a package. */
const inManifest = (rule: string, what: string, folder: string, fields: Readonly<Record<string, unknown>>): Planted => ({
  rule,
  what,
  changes: { [`${folder}/package.json`]: manifest(folder, fields) },
  at: `${folder}/package.json`,
});

const arrows: readonly Planted[] = [
  inManifest("manifest-arrows", "the agent needs the runtime", "packages/agent", { dependencies: { ...core, "@omni/runtime": "workspace:^" } }),
  inManifest("manifest-arrows", "core needs a vendor", "packages/core", { dependencies: { zod: "4.0.0" } }),
  inManifest("manifest-arrows", "a slot package needs its neighbour in its tests", "packages/memory-map", { dependencies: core, devDependencies: { "@omni/testkit": "*", "@omni/runtime": "*" } }),
  inManifest("manifest-arrows", "an app needs an implementation", "apps/gateway", { dependencies: { ...core, "@omni/memory-map": "*" } }),
  inManifest("manifest-arrows", "a package needs one that is not there", "packages/agent", { dependencies: { ...core, "@omni/nothing": "*" } }),
  inFile("import-arrows", "a slot package imports the runtime", added, 'import { dispatch } from "@omni/runtime";\ndispatch();\n'),
  inFile("import-arrows", "an app imports an implementation", "apps/cli/src/added.ts", 'import type { MapMemoryOptions } from "@omni/memory-map";\n\nexport type Options = MapMemoryOptions;\n'),
  {
    rule: "import-arrows",
    what: "the library of the gateway picks the preset",
    changes: {
      "apps/gateway/package.json": manifest("apps/gateway", { dependencies: { ...core, "@omni/preset-default": "*" } }),
      "apps/gateway/src/added.ts": 'import { table } from "@omni/preset-default";\nvoid table;\n',
    },
    at: "apps/gateway/src/added.ts:1",
  },
  inFile("import-arrows", "a package imports what it does not declare", added, 'export const load = (): Promise<unknown> => import("left-pad");\n'),
  inFile("import-arrows", "a path leads into another package", added, 'import type { Memory } from "../../core/src/memory.ts";\n\nexport type Mine = Memory;\n'),
  inFile("core-imports-nothing", "core imports what Node brings", "packages/core/src/added.ts", 'import { join } from "node:path";\n\n/** Joined. */\nexport const joined = (): string => join("a", "b");\n'),
  inFile("lazy-gateway", "the command line loads the gateway at its start", "apps/cli/src/added.ts", 'import { createGateway } from "@omni/gateway";\ncreateGateway();\n'),
  {
    rule: "file-cycles",
    what: "two files import each other",
    changes: {
      "packages/memory-map/src/a.ts": 'import { b } from "./b.ts";\nexport const a = (): unknown => b;\n',
      "packages/memory-map/src/b.ts": 'import { a } from "./a.ts";\nexport const b = (): unknown => a;\n',
    },
    at: "packages/memory-map/src/a.ts:1",
  },
  { rule: "package-cycles", what: "two packages need each other", changes: { "packages/agent/package.json": manifest("packages/agent", { dependencies: { "@omni/runtime": "*" } }) }, at: "packages/agent/package.json" },
];

const names: readonly Planted[] = [
  atLine(2, inFile("implementation-names", "a comment of core names a product", "packages/core/src/added.ts", "\n// As OpenAI does.\n")),
  inFile("implementation-names", "an identifier of the runtime names one", "packages/runtime/src/added.ts", "export const toSlackMessage = 1;\n"),
  inFile("implementation-names", "the runtime loads a package by name", "packages/runtime/src/added.ts", 'export const load = (): Promise<unknown> => import("@omni/core");\n'),
  {
    rule: "implementation-names",
    what: "the agent names an implementation that only a folder tells of",
    changes: { "packages/tool-abacus/package.json": manifest("packages/tool-abacus"), "packages/agent/src/added.ts": "// The abacus.\n" },
    at: "packages/agent/src/added.ts:1",
  },
  { rule: "conformance-test", what: "a slot package runs no kit", changes: { "packages/memory-map/test/conformance.test.ts": undefined }, at: "packages/memory-map/test/conformance.test.ts:1" },
  inFile("conformance-test", "a conformance test uses no kit", "packages/memory-map/test/conformance.test.ts", "export {};\n"),
  inManifest("names-from-folders", "a package is not named as its folder", "packages/agent", { name: "@omni/loop", dependencies: core }),
  inFile("names-from-folders", "a factory is not named as its folder", "packages/memory-map/src/index.ts", 'export type { MapMemoryOptions } from "./map-memory.ts";\nexport { mapMemoryOptions, omni } from "./map-memory.ts";\n'),
  {
    rule: "names-from-folders",
    what: "the module says another name",
    changes: {
      "packages/memory-map/src/index.ts":
        'export type { MapMemoryOptions } from "./map-memory.ts";\nexport { createMapMemory, mapMemoryOptions } from "./map-memory.ts";\nexport { omni } from "./omni.ts";\n',
      "packages/memory-map/src/omni.ts": '/** The module. */\nexport const omni = { slot: "memory", name: "heap" };\n',
    },
    at: "packages/memory-map/src/omni.ts:1",
  },
  inFile("file-names", "a file is called utils", "packages/memory-map/src/utils.ts", "export {};\n"),
  inFile("file-names", "a file is not kebab-case", "packages/memory-map/src/mapMemory.ts", "export {};\n"),
];

const world: readonly Planted[] = [
  atLine(2, inFile("process-and-console", "a package reads the environment", agent, "/** Home. */\nexport const runTurn = (): unknown => process.env.HOME;\n")),
  inFile("process-and-console", "a package takes the environment apart", added, "const { env } = process;\nexport const home = env;\n"),
  inFile("process-and-console", "a package prints", added, 'console.log("a");\n'),
  inFile("process-and-console", "a package imports the process", added, 'import { exit } from "node:process";\n\nexport const end = exit;\n'),
  inFile("module-state", "a package has a variable", added, "export let count = 0;\n"),
  inFile("module-state", "a package has a map", added, "const seen = new Map<string, string>();\nexport const size = (): number => seen.size;\n"),
  inFile("module-state", "a package has an empty list", added, "const seen: string[] = [];\nexport const size = (): number => seen.length;\n"),
  ...[
    'import { readFileSync } from "node:fs";\nexport const read = readFileSync;\n',
    'export const load = (): Promise<unknown> => import("node:child_process");\n',
    'import { randomUUID } from "node:crypto";\nexport const id = randomUUID;\n',
    'export const get = (): Promise<Response> => fetch("http://127.0.0.1");\n',
    'export const get = (): Promise<Response> => globalThis.fetch("http://127.0.0.1");\n',
    "export const now = (): number => Date.now();\n",
    "export const now = (): Date => new Date();\n",
    "export const chance = (): number => Math.random();\n",
    "export const later = (body: () => void): unknown => setTimeout(body, 1);\n",
    "export const often = (body: () => void): unknown => setInterval(body, 1);\n",
  ].map((text) => inFile("raw-host", `a slot package says ${text.split("\n")[0] ?? ""}`, added, text)),
];

const shapes: readonly Planted[] = [
  atLine(301, inFile("file-size", "a source has 301 lines", added, "// A line.\n".repeat(301))),
  atLine(501, inFile("file-size", "a test has 501 lines", "packages/memory-map/test/added.test.ts", "// A line.\n".repeat(501))),
  inFile("function-size", "a function has 61 lines", added, functionOf(61)),
  inFile("parameter-count", "a function has five parameters", added, "export const sum = (a: number, b: number, c: number, d: number, e: number): number => a + b + c + d + e;\n"),
  inFile("no-any", "a type is any", added, "export const anything = (value: any): unknown => value;\n"),
  inFile("no-non-null", "a value is said to be there", added, "export const first = (values: string[]): string => values[0]!;\n"),
  inFile("no-silencing", "an error is silenced", added, `// @ts-${"expect-error"}\nexport const wrong: string = 1;\n`),
  atLine(2, inFile("no-module-mocks", "a module is mocked", "packages/memory-map/test/added.test.ts", 'import { vi } from "vitest";\nvi.mock("../src/map-memory.ts");\n')),
  inFile("no-default-exports", "a default is exported", added, "export default 1;\n"),
  inFile("explicit-index", "an index gives away whatever there is", "packages/agent/src/index.ts", 'export * from "./run-turn.ts";\n'),
  atLine(2, inFile("explicit-index", "an index has code", "packages/agent/src/index.ts", "/** One. */\nexport const one = 1;\n")),
];

const words: readonly Planted[] = [
  inFile("documented-exports", "an export of core has no words", "packages/core/src/added.ts", "export const one = 1;\n"),
  { rule: "documented-exports", what: "what an index gives away has no words where it is declared", changes: { [agent]: "export function runTurn(): void {}\n" }, at: "packages/agent/src/index.ts:1" },
  { rule: "readme", what: "a package has no page", changes: { "packages/core/README.md": undefined }, at: "packages/core/README.md:1" },
  inFile("readme", "a page lacks a heading", "packages/core/README.md", "# @omni/core\n\n## Use\n\n## Options\n"),
  ...(["license", "type", "description", "files", "engines", "publishConfig", "repository", "exports"] as const).map((field) =>
    inManifest("manifest-fields", `a package says no ${field}`, "packages/core", { [field]: undefined }),
  ),
  inManifest("manifest-fields", "an export has no types", "packages/core", { exports: { ".": { default: "./dist/index.js" } } }),
  atLine(120, inFile("agents-page", "the page for newcomers is long", "AGENTS.md", "A line.\n".repeat(120))),
];

const planted: readonly Planted[] = [...arrows, ...names, ...world, ...shapes, ...words];

describe("pnpm check", () => {
  it("finds nothing in a tree that keeps every rule", () => {
    expect(violationsWith({})).toEqual([]);
  });

  it.each(planted)("$rule: reports that $what", ({ rule, changes, at }) => {
    const places = violationsWith(changes).filter((violation) => violation.rule === rule).map(({ path, line }) => `${path}:${line}`);
    expect(places.some((place) => place === at || place.startsWith(`${at}:`))).toBe(true);
  });

  it.each(rules.map(({ name }) => name))("%s has a planted breach", (name) => {
    expect(planted.map(({ rule }) => rule)).toContain(name);
  });
});

describe("what is allowed", () => {
  const allowed: Readonly<Record<string, Changes>> = {
    "a constant table and a read-only map": { [added]: 'const table: ReadonlyMap<string, number> = new Map([["a", 1]]);\nexport const sizes = [table.size];\n' },
    "a date of a given time, and a fetch that was given": {
      [added]: 'export const day = (time: number): Date => new Date(time);\nexport const get = (fetch: (url: string) => unknown): unknown => fetch("http://127.0.0.1");\n',
    },
    "a method called fetch, and a word in a sentence": { [added]: "/** Date.now, any, process.env and fetch are words here. */\nexport const get = (host: { fetch(): void }): void => host.fetch();\n" },
    "types in a circle": {
      "packages/memory-map/src/a.ts": 'import type { B } from "./b.ts";\nexport type A = B | 1;\n',
      "packages/memory-map/src/b.ts": 'import type { A } from "./a.ts";\nexport interface B {\n  readonly a: A;\n}\n',
    },
    "a long list of tests": { "packages/memory-map/test/added.test.ts": `import { describe } from "vitest";\ndescribe("x", () => {\n${"  void 0;\n".repeat(70)}});\n` },
    "an ordinary word that is also a name": { "packages/core/src/added.ts": "// A map of all files in memory, a slackening bolted on.\n" },
    "a real part in a black-box test": {
      "apps/cli/package.json": manifest("apps/cli", { dependencies: { "@omni/gateway": "*" }, devDependencies: { "@omni/memory-map": "*" } }),
      "apps/cli/test/added.test.ts": 'import { omni } from "@omni/memory-map";\nvoid omni;\n',
    },
    "the preset in a program of the gateway": {
      "apps/gateway/package.json": manifest("apps/gateway", { dependencies: { "@omni/preset-default": "*" } }),
      "apps/gateway/src/main.ts": 'import { table } from "@omni/preset-default";\nvoid table;\n',
    },
  };

  it.each(Object.entries(allowed))("%s", (_title, changes) => {
    expect(violationsWith(changes)).toEqual([]);
  });

  it("a re-export of another package needs no words of its own", () => {
    const changes = { "packages/agent/src/index.ts": 'export type { Memory } from "@omni/core";\nexport { runTurn } from "./run-turn.ts";\n' };
    expect(violationsWith(changes)).toEqual([]);
  });
});
