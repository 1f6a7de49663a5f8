import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** Bounds of the file tools. Every one is a whole number of at least 1. */
export interface FilesToolOptions {
  /** Lines one `files.read` gives when the call sets no limit. */
  readonly readLines: number;
  /** Most bytes of text one `files.read` or `files.grep` gives. */
  readonly resultBytes: number;
  /** Largest picture, in bytes, that `files.read` shows. */
  readonly imageBytes: number;
  /** Largest file, in bytes, that `files.edit` changes; it is held in memory whole. */
  readonly editBytes: number;
  /** Most entries of one `files.list` or `files.glob`. */
  readonly entries: number;
  /** Most matches of one `files.grep`. */
  readonly matches: number;
  /** Milliseconds after which `files.grep` and `files.glob` stop and give what they have. */
  readonly searchTimeoutMs: number;
  /** Milliseconds a pattern may work on one block of lines before it is refused as too slow. */
  readonly patternTimeoutMs: number;
}

const defaults: FilesToolOptions = {
  readLines: 2_000,
  resultBytes: 262_144,
  imageBytes: 3_750_000,
  editBytes: 16_777_216,
  entries: 2_000,
  matches: 500,
  searchTimeoutMs: 20_000,
  patternTimeoutMs: 1_000,
};

const descriptions: Readonly<Record<keyof FilesToolOptions, string>> = {
  readLines: "Lines one files.read gives when the call sets no limit.",
  resultBytes: "Most bytes of text one files.read or files.grep gives.",
  imageBytes: "Largest picture, in bytes, that files.read shows.",
  editBytes: "Largest file, in bytes, that files.edit changes.",
  entries: "Most entries of one files.list or files.glob.",
  matches: "Most matches of one files.grep.",
  searchTimeoutMs: "Milliseconds after which files.grep and files.glob stop and give what they have.",
  patternTimeoutMs: "Milliseconds a pattern may work on one block of lines.",
};

/** Options of the file tools; all have defaults. `parse` throws `config.invalid` for a value that is no whole number of at least 1. */
export const filesToolOptions: OptionsSchema<FilesToolOptions> = {
  jsonSchema: {
    type: "object",
    properties: Object.fromEntries(
      namesOf(defaults).map((name) => [name, { type: "integer", minimum: 1, default: defaults[name], description: descriptions[name] }]),
    ),
    additionalProperties: false,
  },
  parse(value) {
    const given = value ?? {};
    if (!isRecord(given)) throw new OmniError("config.invalid", "The options of tool files are no object; write { } for the defaults.");
    const parsed: Record<keyof FilesToolOptions, number> = { ...defaults };
    for (const name of namesOf(defaults)) {
      const option = given[name];
      if (option === undefined) continue;
      if (typeof option !== "number" || !Number.isSafeInteger(option) || option < 1) {
        throw new OmniError("config.invalid", `Option ${name} of tool files is ${JSON.stringify(option)}; it must be a whole number of at least 1.`);
      }
      parsed[name] = option;
    }
    return parsed;
  },
};

function namesOf(options: FilesToolOptions): readonly (keyof FilesToolOptions)[] {
  return Object.keys(options).filter((name): name is keyof FilesToolOptions => name in defaults);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
