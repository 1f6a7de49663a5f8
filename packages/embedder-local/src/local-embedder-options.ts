import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** Bounds of the encoder. Every one is a whole number. */
export interface LocalEmbedderOptions {
  /** Characters of a text that are embedded; the rest of a longer one does not count. */
  readonly textCharacters: number;
  /** Milliseconds without a text after which the worker is ended and its memory given back; the next text starts another. */
  readonly idleMs: number;
  /** Milliseconds that one small batch may take, loading the model included; a worker that takes longer is ended. */
  readonly batchTimeoutMs: number;
}

/** 2,000 characters take a fifth of a second. A conversation that pauses for five minutes can wait a second for its next vector. */
const defaults: LocalEmbedderOptions = { textCharacters: 2_000, idleMs: 300_000, batchTimeoutMs: 60_000 };

const bounds: Readonly<Record<keyof LocalEmbedderOptions, readonly [least: number, most: number, description: string]>> = {
  textCharacters: [50, 20_000, "Characters of a text that are embedded."],
  idleMs: [1_000, 86_400_000, "Milliseconds without a text after which the worker ends."],
  batchTimeoutMs: [1_000, 3_600_000, "Milliseconds that one small batch may take."],
};

/** Schema and parser of the options; all have defaults. `parse` throws `config.invalid` for a value outside its bounds. */
export const localEmbedderOptions: OptionsSchema<LocalEmbedderOptions> = {
  jsonSchema: {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(bounds).map(([name, [minimum, maximum, description]]) => [name, { type: "integer", minimum, maximum, description }])),
  },
  parse(value = {}) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("the options are not an object");
    const given: Readonly<Record<string, unknown>> = { ...value };
    const toWhole = (name: keyof LocalEmbedderOptions): number => {
      const number = given[name] ?? defaults[name];
      const [least, most] = bounds[name];
      if (typeof number === "number" && Number.isInteger(number) && number >= least && number <= most) return number;
      throw invalid(`${name} must be a whole number from ${least} to ${most}`);
    };
    return { textCharacters: toWhole("textCharacters"), idleMs: toWhole("idleMs"), batchTimeoutMs: toWhole("batchTimeoutMs") };
  },
};

function invalid(what: string): OmniError {
  return new OmniError("config.invalid", `embedder.with: ${what}.`);
}
