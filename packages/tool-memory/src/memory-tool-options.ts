import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** Bounds of the memory tools. Every one is a whole number. */
export interface MemoryToolOptions {
  /** Memories one `memory.search` gives when the call says nothing; at most 50. */
  readonly results: number;
  /** Characters of one memory that a search shows. */
  readonly shownCharacters: number;
  /** Most characters of what one `memory.save` keeps. */
  readonly savedCharacters: number;
}

/** Most memories of one search. */
export const mostResults = 50;

/** Eight memories of 1,000 characters are about 2,000 tokens. A fact longer than four pages is a file. */
const defaults: MemoryToolOptions = { results: 8, shownCharacters: 1_000, savedCharacters: 10_000 };

const bounds: Readonly<Record<keyof MemoryToolOptions, readonly [most: number, description: string]>> = {
  results: [mostResults, "Memories one memory.search gives when the call says nothing."],
  shownCharacters: [100_000, "Characters of one memory that a search shows."],
  savedCharacters: [1_000_000, "Most characters of what one memory.save keeps."],
};

/** Options of the memory tools; all have defaults. `parse` throws `config.invalid` for a value that is no whole number within its bounds. */
export const memoryToolOptions: OptionsSchema<MemoryToolOptions> = {
  jsonSchema: {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(bounds).map(([name, [maximum, description]]) => [name, { type: "integer", minimum: 1, maximum, description }])),
  },
  parse(value = {}) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new OmniError("config.invalid", "The options of tool memory are no object; write { } for the defaults.");
    const given: Readonly<Record<string, unknown>> = { ...value };
    const toWhole = (name: keyof MemoryToolOptions): number => {
      const option = given[name] ?? defaults[name];
      if (typeof option === "number" && Number.isInteger(option) && option >= 1 && option <= bounds[name][0]) return option;
      throw new OmniError("config.invalid", `Option ${name} of tool memory is ${JSON.stringify(option)}; it must be a whole number from 1 to ${bounds[name][0]}.`);
    };
    return { results: toWhole("results"), shownCharacters: toWhole("shownCharacters"), savedCharacters: toWhole("savedCharacters") };
  },
};
