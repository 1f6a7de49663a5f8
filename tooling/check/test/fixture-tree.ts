import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { checkWorkspace } from "../check-workspace.ts";
import type { Violation } from "../violation.ts";

/** Paths from the root, each with its text; undefined takes a file of the clean tree away. */
export type Changes = Readonly<Record<string, string | undefined>>;

/** Writes the clean tree with changes to a temporary folder, and gives what the check finds there. */
export function violationsWith(changes: Changes): readonly Violation[] {
  const root = mkdtempSync(join(tmpdir(), "omni-check-"));
  try {
    for (const [path, text] of Object.entries({ ...cleanTree(), ...changes })) {
      if (text === undefined) continue;
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return checkWorkspace(root).violations;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The package.json of a package in the clean tree, with fields changed; undefined takes a field away. */
export function manifest(folder: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const name = folder.split("/").at(-1) ?? "";
  return JSON.stringify({ ...publishedFields(`@omni/${name}`, folder), ...fields }, null, 2);
}

/** One function with as many lines as told, in a file that else has none. */
export function functionOf(lines: number): string {
  return `function long(): void {\n${"  void 0;\n".repeat(lines - 2)}}\nlong();\n`;
}

/** A small tree that keeps every rule. */
function cleanTree(): Record<string, string> {
  return {
    "AGENTS.md": "# For whoever works here\n",
    ...packageFiles("packages/core", {}),
    "packages/core/src/index.ts": 'export type { Memory } from "./memory.ts";\nexport { empty } from "./memory.ts";\n',
    "packages/core/src/memory.ts": "/** Remembers. */\nexport interface Memory {\n  readonly size: number;\n}\n\n/** Remembers nothing. */\nexport const empty: Memory = { size: 0 };\n",
    ...packageFiles("packages/agent", { "@omni/core": "workspace:^" }),
    "packages/agent/src/index.ts": 'export { runTurn } from "./run-turn.ts";\n',
    "packages/agent/src/run-turn.ts": 'import type { Memory } from "@omni/core";\n\n/** Runs a turn. */\nexport function runTurn(memory: Memory): number {\n  return memory.size;\n}\n',
    ...packageFiles("packages/testkit", { "@omni/core": "workspace:^" }),
    "packages/testkit/src/index.ts": 'export { describeMemory } from "./memory.ts";\n',
    "packages/testkit/src/memory.ts": "/** Runs the kit. */\nexport function describeMemory(): void {}\n",
    ...memoryPackage(),
    ...packageFiles("packages/runtime", { "@omni/core": "workspace:^", "@omni/agent": "workspace:^" }),
    "packages/runtime/src/index.ts": 'export { dispatch } from "./dispatch.ts";\n',
    "packages/runtime/src/dispatch.ts": 'import { runTurn } from "@omni/agent";\nimport { empty } from "@omni/core";\n\n/** Runs a turn with nothing. */\nexport function dispatch(): number {\n  return runTurn(empty);\n}\n',
    "packages/runtime/src/config/environment.ts": "/** The home. */\nexport const home = (): string | undefined => process.env.HOME;\n",
    ...packageFiles("packages/preset-default", { "@omni/core": "workspace:^", "@omni/runtime": "workspace:^", "@omni/memory-map": "workspace:^" }),
    "packages/preset-default/src/index.ts": 'export { table } from "./table.ts";\n',
    "packages/preset-default/src/table.ts": '/** What there is. */\nexport const table = { memory: { map: () => import("@omni/memory-map") } };\n',
    ...packageFiles("apps/gateway", { "@omni/core": "workspace:^", "@omni/runtime": "workspace:^" }),
    "apps/gateway/src/index.ts": 'export { createGateway } from "./create-gateway.ts";\n',
    "apps/gateway/src/create-gateway.ts": "/** Makes a gateway. */\nexport function createGateway(): void {}\n",
    ...packageFiles("apps/cli", { "@omni/runtime": "workspace:^", "@omni/preset-default": "workspace:^", "@omni/gateway": "workspace:^" }),
    "apps/cli/src/main.ts": 'console.log(process.argv.length);\nconst { createGateway } = await import("@omni/gateway");\ncreateGateway();\n',
  };
}

function memoryPackage(): Record<string, string> {
  const folder = "packages/memory-map";
  return {
    ...packageFiles(folder, { "@omni/core": "workspace:^" }),
    [`${folder}/package.json`]: manifest(folder, { dependencies: { "@omni/core": "workspace:^" }, devDependencies: { "@omni/testkit": "workspace:^" } }),
    [`${folder}/src/index.ts`]: 'export type { MapMemoryOptions } from "./map-memory.ts";\nexport { createMapMemory, mapMemoryOptions, omni } from "./map-memory.ts";\n',
    [`${folder}/src/map-memory.ts`]: [
      'import type { Memory } from "@omni/core";',
      "/** None. */\nexport interface MapMemoryOptions {\n  readonly size: number;\n}",
      "/** The schema. */\nexport const mapMemoryOptions = { jsonSchema: {} };",
      "/** Makes one. */\nexport function createMapMemory(options: MapMemoryOptions): Memory {\n  const episodes = new Map<string, string>();\n  return { size: options.size + episodes.size };\n}",
      '/** The module. */\nexport const omni = { slot: "memory", name: "map", contract: 1, options: mapMemoryOptions, create: createMapMemory };\n',
    ].join("\n\n"),
    [`${folder}/test/conformance.test.ts`]: 'import { describeMemory } from "@omni/testkit";\n\ndescribeMemory();\n',
  };
}

function packageFiles(folder: string, dependencies: Readonly<Record<string, string>>): Record<string, string> {
  const name = `@omni/${folder.split("/").at(-1) ?? ""}`;
  return {
    [`${folder}/package.json`]: manifest(folder, { dependencies }),
    [`${folder}/README.md`]: `# ${name}\n\nIt does one thing.\n\n## Use\n\n\`\`\`sh\n# a comment\n\`\`\`\n\n## Options\n\nNone.\n\n## Guarantees\n\nNone.\n`,
  };
}

function publishedFields(name: string, folder: string): Record<string, unknown> {
  return {
    name,
    description: "It does one thing.",
    license: "MIT",
    type: "module",
    files: ["dist"],
    engines: { node: ">=22.13" },
    repository: { type: "git", directory: folder },
    publishConfig: { access: "public" },
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  };
}
