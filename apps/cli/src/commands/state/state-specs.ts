import type { CommandSpec, FlagSpec } from "../../command-spec.ts";

const quiet: FlagSpec = { type: "switch", about: "no progress on stderr, errors only" };

/** The rows of the commands that copy what a home holds, and bring it back. */
export const stateSpecs: readonly CommandSpec[] = [
  {
    name: "state backup",
    operands: "FILE",
    count: [1, 1],
    about: "Writes store, memory and configuration into one file, also while a gateway runs",
    details: ["A tar archive packed by gzip, readable by you only: it is as secret as the home. Nothing that runs is stopped or kept waiting."],
    flags: { force: { type: "switch", about: "replace a file that is there" }, quiet },
    examples: [
      ["omni state backup omni.tar.gz", "everything that cannot be made anew"],
      ["tar -tzf omni.tar.gz", "what is in it"],
    ],
    load: async () => (await import("./back-up.ts")).backUp,
  },
  {
    name: "state restore",
    operands: "FILE",
    count: [1, 1],
    about: "Puts a backup in the place of what the home holds; that is kept beside it",
    details: [
      "Everything is unpacked and checked before anything is touched. It ends with 4 while a gateway or another Omni uses the home.",
      "Turns that had not ended in the backup end as failed, and nothing of them is done a second time.",
    ],
    flags: {
      "keep-config": { type: "switch", about: "leave omni.json, mcp.json, skills and MEMORY.md of the home as they are" },
      force: { type: "switch", about: "move away what is damaged now and cannot be opened; stop every Omni of the home first" },
      quiet,
    },
    examples: [
      ["omni state restore omni.tar.gz", "says where the former state is now"],
      ["omni state restore omni.tar.gz --home /tmp/try", "looks into a backup in a home of its own"],
    ],
    load: async () => (await import("./restore.ts")).restore,
  },
  {
    name: "state check",
    operands: "",
    count: [0, 0],
    about: "Reads every page of store and memory and says whether they are sound; ends with 1 when not",
    flags: {},
    examples: [["omni state check --json", '{ "checks": [{ "name", "status", "detail" }] }']],
    load: async () => (await import("./check-state.ts")).checkState,
  },
];
