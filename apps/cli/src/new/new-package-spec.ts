import type { CommandSpec } from "../command-spec.ts";

/** `omni new`. */
export const newPackageSpec: CommandSpec = {
  name: "new",
  operands: "SLOT NAME",
  count: [2, 2],
  about: "Makes a package of your own for a slot, complete and passing its kit",
  details: ["Slots: provider, channel, memory, window, tool, policy, store, embedder, sandbox, hook.", "One file of it is yours to write, at most 40 lines; the rest is done."],
  flags: {
    dir: { type: "text", value: "DIR", about: "the folder to make SLOT-NAME in, the current one by default" },
    package: { type: "text", value: "NAME", about: "the package's name, SLOT-NAME by default" },
  },
  examples: [
    ["omni new tool weather", "makes ./tool-weather"],
    ["omni new memory own --dir ~/src --package @me/memory-own", "makes ~/src/memory-own"],
  ],
  load: async () => (await import("../commands/new.ts")).newPackage,
};
