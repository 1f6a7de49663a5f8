import { defineConfig } from "vitest/config";

// Sources, not builds: every package exports them under this private condition.
const conditions = ["@omni/source", "node", "import", "default"];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };
const blackbox = "apps/cli/test/blackbox/**/*.test.ts";
// Many tests wait for programs and not for the processor, so there are more workers than processors.
// A worker takes one file after another: no module here keeps state (the check sees to it), and starting one a file costs a minute of two processors.
// A thread that a test starts from source reads TypeScript through the WebAssembly that Node brings along, and V8 of Node 24 can crash
// when it replaces that module's wrappers while another thread of the process ends (`Runtime_TierUpWasmToJSWrapper`, about one run in 40
// of memory-sqlite's tests under load). So they are never replaced here. The built program reads no TypeScript and has no such module.
const execArgv = ["--wasm-wrapper-tiering-budget=2147483647"];
const options = { execArgv, isolate: false, testTimeout: 180_000, hookTimeout: 180_000, pool: "forks", maxWorkers: 4 } as const;

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          ...options,
          name: "unit",
          include: ["{packages,apps}/*/test/**/*.test.ts", "{tooling,bench,examples}/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/dist/**", blackbox],
        },
      },
      // The built program, from outside: it is built once, when a source is newer.
      { ...shared, test: { ...options, name: "blackbox", include: [blackbox], globalSetup: ["apps/cli/test/build-program.ts"] } },
    ],
  },
});
