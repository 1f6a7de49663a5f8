import { defineConfig, type Options } from "tsup";

type Config = ReturnType<typeof defineConfig>;

const shared: Options = { format: "esm", target: "node22", platform: "node", clean: true, sourcemap: true };

/** A package others import: its own code only, with types. */
export function library(entry: Record<string, string>): Config {
  return defineConfig({ ...shared, entry, dts: true });
}

/** A program: one bundle of all our packages, chunks for what is imported lazily, native files outside. */
export function program(entry: Record<string, string>): Config {
  return defineConfig({
    ...shared,
    entry,
    dts: false,
    splitting: true,
    minifySyntax: true,
    minifyWhitespace: true,
    // What is not external is bundled; this pattern wins over `external`, so it leaves the native module out itself.
    noExternal: [/^(?!better-sqlite3$)/],
    banner: { js: 'import { createRequire as omniCreateRequire } from "node:module"; const require = omniCreateRequire(import.meta.url);' },
    esbuildOptions(options) {
      options.conditions = ["@omni/source", "import", "node", "default"];
      // Some packages' main is a UMD module whose requires no bundler can follow; their module is plain ESM.
      options.mainFields = ["module", "main"];
    },
  });
}
