import { program } from "../../tsup.base.ts";

const base = program({ main: "src/main.ts" });
if (typeof base === "function" || Array.isArray(base)) throw new Error("tsup.base.ts gives a program one configuration");

export default {
  ...base,
  // What is not external is bundled: `noExternal` wins over `external`, so it must leave the native module out itself.
  noExternal: [/^(?!better-sqlite3$)/],
  esbuildOptions(...given: Parameters<NonNullable<typeof base.esbuildOptions>>): void {
    base.esbuildOptions?.(...given);
    // jsonc-parser's main is a UMD module whose requires no bundler can follow; its module is plain ESM.
    given[0].mainFields = ["module", "main"];
  },
};
