import { readFile } from "node:fs/promises";
import { defineConfig, type Options } from "tsup";

type Config = ReturnType<typeof defineConfig>;

const shared: Options = { format: "esm", target: "node22", platform: "node", clean: true, sourcemap: true };

/** A package others import: its own code only, with types. */
export function library(entry: Record<string, string>): Config {
  return defineConfig({ ...shared, entry, dts: true });
}

/** Parts that nearly every start of the program needs: what an empty configuration chooses. */
const chosenByDefault = ["memory-sqlite", "policy-workspace", "provider-offline", "store-sqlite", "tool-files", "tool-memory", "window-ring"];

/**
 * Puts the default parts into the program's own chunk. The preset imports
 * every part lazily, which is right for whoever imports the preset; in the
 * program each of these would be one more file to find and read at a start.
 */
const withDefaultParts: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "with-default-parts",
  setup(build) {
    build.onLoad({ filter: /[\\/]preset-default[\\/]src[\\/]table\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const imports = chosenByDefault.map((name, index) => `import * as part${index} from "@omni/${name}";`);
      const contents = chosenByDefault.reduce((text, name, index) => {
        const lazy = `() => import("@omni/${name}")`;
        if (!text.includes(lazy)) throw new Error(`${path} has no ${lazy}; bring tsup.base.ts up to date`);
        return text.replace(lazy, `() => Promise.resolve(part${index})`);
      }, source);
      return { contents: `${imports.join("\n")}\n${contents}`, loader: "ts" };
    });
  },
};

/** Parts that do their work in a worker: each is a file of its own beside the chunks, under the name by which the part starts it. */
const workers: Readonly<Record<string, string>> = {
  "checkpoint-worker": "../../packages/store-sqlite/src/checkpoint-worker.ts",
  "embedder-local-worker": "../../packages/embedder-local/src/embedder-local-worker.ts",
  "memory-sqlite-worker": "../../packages/memory-sqlite/src/memory-sqlite-worker.ts",
};

/** A program: one bundle of all our packages, chunks for what is imported lazily, native files outside. */
export function program(entry: Record<string, string>): Config {
  return defineConfig({
    ...shared,
    entry: { ...entry, ...workers },
    dts: false,
    splitting: true,
    esbuildPlugins: [withDefaultParts],
    minifySyntax: true,
    minifyWhitespace: true,
    // What is not external is bundled; this pattern wins over `external`, so it leaves out itself the native module,
    // one that a package tries for and does without, and the sentence encoder, which is thirty megabytes and optional.
    noExternal: [/^(?!(?:better-sqlite3|canvas)$|@energetic-ai\/)/],
    external: [/^@energetic-ai\//],
    banner: { js: 'import { createRequire as omniCreateRequire } from "node:module"; const require = omniCreateRequire(import.meta.url);' },
    esbuildOptions(options) {
      options.conditions = ["@omni/source", "import", "node", "default"];
      // Some packages' main is a UMD module whose requires no bundler can follow; their module is plain ESM.
      options.mainFields = ["module", "main"];
    },
  });
}
