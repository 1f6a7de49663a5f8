import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** How recall orders and how fast utility is learned. All in [0, 1]. */
export interface MapMemoryOptions {
  /** Share of the learned utility in the score; the rest is similarity. */
  readonly utilityWeight: number;
  /** How far one outcome moves the utility toward its reward. */
  readonly learningRate: number;
  /** Least similarity of what is recalled, where the caller names none. */
  readonly floor: number;
}

/** Weight and rate are the roadmap's numbers; at the floor two of three questions about something else find nothing among hundreds of passages. */
const defaults: MapMemoryOptions = { utilityWeight: 0.3, learningRate: 0.2, floor: 0.3 };

const share = (description: string, value: number): { readonly [key: string]: string | number } => ({ type: "number", minimum: 0, maximum: 1, default: value, description });

/** Schema and parser of the options. */
export const mapMemoryOptions: OptionsSchema<MapMemoryOptions> = {
  jsonSchema: {
    type: "object",
    additionalProperties: false,
    properties: {
      utilityWeight: share("Share of the learned utility in the score.", defaults.utilityWeight),
      learningRate: share("How far one outcome moves the utility.", defaults.learningRate),
      floor: share("Least similarity of what is recalled.", defaults.floor),
    },
  },
  parse(value = {}) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("the options are not an object");
    const given: Readonly<Record<string, unknown>> = { ...value };
    const toShare = (name: keyof MapMemoryOptions): number => {
      const number = given[name] ?? defaults[name];
      if (typeof number === "number" && number >= 0 && number <= 1) return number;
      throw invalid(`${name} must be a number from 0 to 1`);
    };
    return { utilityWeight: toShare("utilityWeight"), learningRate: toShare("learningRate"), floor: toShare("floor") };
  },
};

function invalid(what: string): OmniError {
  return new OmniError("config.invalid", `memory.with: ${what}.`);
}
