import type { CommandSpec, FlagSpec } from "../../command-spec.ts";

const limit: FlagSpec = { type: "whole", value: "N", about: "most memories", least: 1, most: 1_000_000 };

/** Where to look. */
const places: Readonly<Record<string, FlagSpec>> = {
  session: { type: "text", value: "ID", about: "what is kept for one session" },
  scope: { type: "text", value: "SCOPE:OWNER", about: "what is kept for user:owner, agent:default, …; may be given again" },
};

const everywhere = "Without --session and --scope it looks everywhere, as the owner of the home may.";

/** The rows of the commands on what is remembered. */
export const memorySpecs: readonly CommandSpec[] = [
  {
    name: "memory search",
    operands: "WORDS | -",
    count: [1, Number.MAX_SAFE_INTEGER],
    about: "What is remembered that fits the words, the best first",
    details: [everywhere, "No character of the words is syntax. - reads them from stdin, at most 1 MiB."],
    flags: { limit, floor: { type: "number", value: "N", about: "least similarity, from 0 to 1; 0.2 by default, 0.05 without an embedder", least: 0, most: 1 }, ...places },
    examples: [
      ["omni memory search door code", "what anybody said of it in any session"],
      ["omni memory search --session review --json what failed", '{ "results": [{ "id", "kind", "score", "similarity", "utility", "text", "source", "scope", "at" }] }'],
    ],
    load: async () => (await import("./search-memory.ts")).searchMemory,
  },
  {
    name: "memory list",
    operands: "",
    count: [0, 0],
    about: "What is remembered, the newest first",
    details: [everywhere],
    flags: {
      limit,
      offset: { type: "whole", value: "N", about: "how many to leave out first", least: 0, most: 1_000_000_000 },
      kind: { type: "text", value: "KIND", about: "of one kind alone", choices: ["episode", "passage", "fact"] },
      ...places,
    },
    examples: [
      ["omni memory list --kind fact", "what was saved, and what MEMORY.md says"],
      ["omni memory list --limit 100 --offset 100", "the second hundred"],
    ],
    load: async () => (await import("./list-memories.ts")).listMemories,
  },
  {
    name: "memory stats",
    operands: "",
    count: [0, 0],
    about: "How much is remembered, of what kind, where, and how it is found",
    flags: {},
    examples: [["omni memory stats", "numbers by kind, the embedder, and what the gate retired and promoted"]],
    load: async () => (await import("./show-memory-stats.ts")).showMemoryStats,
  },
  {
    name: "memory why",
    operands: "[TURN]",
    count: [0, 1],
    about: "What a turn was shown: its memories as they are now, and the blocks of its prompt",
    flags: { session: { type: "text", value: "ID", about: "the newest answered turn of this session" } },
    examples: [
      ["omni memory why --session review", "what the last answer was based on"],
      ["omni memory why 01J9ZK3V5W8XQ4T2N7M6R1P0BC --json", "with the texts of all blocks"],
    ],
    load: async () => (await import("./explain-turn.ts")).explainTurn,
  },
  {
    name: "memory forget",
    operands: "ID…",
    count: [1, Number.MAX_SAFE_INTEGER],
    about: "Erases memories for good",
    details: ["All of a session goes with omni sessions delete; an item of MEMORY.md by taking it out there, else it comes back from the page when Omni starts again or the page is edited."],
    flags: { yes: { type: "switch", about: "do not ask" } },
    examples: [["omni memory forget 4f1c… 9a02…", "shows them and asks"]],
    load: async () => (await import("./forget-memories.ts")).forgetMemories,
  },
  {
    name: "memory export",
    operands: "",
    count: [0, 0],
    about: "Everything that is remembered, one JSON object a line, with what was learned of it",
    flags: { out: { type: "text", value: "FILE", about: "into a file that only you can read, instead of stdout" } },
    examples: [["omni memory export --out memory.jsonl", "a copy to keep or to carry elsewhere"]],
    load: async () => (await import("./export-memory.ts")).exportMemory,
  },
  {
    name: "memory import",
    operands: "FILE | -",
    count: [1, 1],
    about: "Takes in what was exported; what is known stays as it is",
    details: ["Every line is looked at first: where one is no memory it is named, and nothing is taken in."],
    flags: {},
    examples: [["omni memory import memory.jsonl", "how many were new"]],
    load: async () => (await import("./import-memory.ts")).importMemory,
  },
  {
    name: "memory tend",
    operands: "",
    count: [0, 0],
    about: "Lets time and the gate decide now, and says what they decided",
    details: ["It happens by itself while Omni runs, about once an hour. What is promoted is written into MEMORY.md of the workspace, where it is remembered for all who read that."],
    flags: { workspace: { type: "text", value: "DIR", about: "whose MEMORY.md (else the configured workspace, else the current folder)" } },
    examples: [["omni memory tend --json", "each decision with the numbers it was made by"]],
    load: async () => (await import("./tend-memory-now.ts")).tendMemoryNow,
  },
];
