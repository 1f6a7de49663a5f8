import { isAbsolute } from "node:path";
import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** How the memory recalls, learns, lets go and keeps. Shares are in [0, 1]. */
export interface SqliteMemoryOptions {
  /** Absolute path of the database; `memory.db` in the home's state folder when absent. */
  readonly path?: string;
  /** Share of the learned utility in the score of an experience (λ); the rest is similarity. */
  readonly utilityWeight: number;
  /** Experiences looked at in the second phase (k1), the most similar ones. */
  readonly candidates: number;
  /** Most experiences of one recall that names no floor (k2). */
  readonly mostExperiences: number;
  /** Least utility of an experience that is recalled beside a better one, where the caller names no floor; 0 for any. */
  readonly leastBeside: number;
  /** Most experiences without any outcome of one recall that names no floor, where at least four others that fit have one. */
  readonly mostUntried: number;
  /** How far one outcome moves the utility (α). */
  readonly learningRate: number;
  /** What an outcome is compared with: the mean utility of all experiences that were shown, or each one's own. */
  readonly credit: "set" | "own";
  /** Least similarity of what is recalled, where the caller names none. */
  readonly floor: number;
  /** How much more a text that fits by its words counts where it is near in meaning too (vectors); with 0 words alone order what they find. */
  readonly vectorWeight: number;
  /** How many times recall goes on from what it found to what shares people, places and things with it. */
  readonly hops: number;
  /** Days after which half of what was learned is forgotten; 0 for never. */
  readonly halfLifeDays: number;
  /** Outcomes an experience needs before the gate decides about it. */
  readonly gateUses: number;
  /** Utility from which the gate promotes. */
  readonly promoteAt: number;
  /** Utility down to which the gate retires. */
  readonly retireAt: number;
  /** Where the work is done: in a worker once the memory is large, always there, or always in the caller's thread. */
  readonly thread: "auto" | "worker" | "caller";
  /** Longest wait for the vector of a query, in milliseconds; words alone answer after it. A search waits for five seconds at least. */
  readonly embedWaitMs: number;
  /** How long a call waits for another process's transaction, in milliseconds. */
  readonly busyTimeoutMs: number;
}

/**
 * What won in the simulated world of bench/memory: 0.81 to 0.83 of the tasks of
 * the tenth epoch succeed, 0.69 to 0.70 with the roadmap, 0.41 to 0.42 by similarity
 * alone, 0.87 to 0.89 at best. `leastBeside` lies just above what one bad outcome
 * and no good one leaves of 0.5 at this learning rate, 0.5 · 0.9. Where experiences
 * help by adding up, 0.42 (two bad outcomes) and three untried ones would give more.
 */
const defaults: SqliteMemoryOptions = {
  utilityWeight: 0.7,
  candidates: 20,
  mostExperiences: 3,
  leastBeside: 0.46,
  mostUntried: 1,
  learningRate: 0.1,
  credit: "set",
  floor: 0.3,
  vectorWeight: 0,
  hops: 0,
  halfLifeDays: 90,
  gateUses: 5,
  promoteAt: 0.75,
  retireAt: 0.2,
  thread: "auto",
  embedWaitMs: 250,
  busyTimeoutMs: 2_000,
};

/** Named sets of numbers; what is given beside a name goes before it. `roadmap` is what the project began with. */
const presets: Readonly<Record<string, Partial<SqliteMemoryOptions>>> = {
  default: {},
  roadmap: { utilityWeight: 0.3, candidates: 20, mostExperiences: 5, leastBeside: 0, mostUntried: 5, learningRate: 0.2, credit: "own" },
};

interface NumberRule {
  readonly name: Exclude<keyof SqliteMemoryOptions, "path" | "credit" | "thread">;
  readonly kind: "share" | "count" | "amount";
  readonly minimum: number;
  readonly maximum: number;
  readonly description: string;
}

const rules: readonly NumberRule[] = [
  { name: "utilityWeight", kind: "share", minimum: 0, maximum: 1, description: "Share of the learned utility in the score of an experience; the rest is similarity." },
  { name: "candidates", kind: "count", minimum: 1, maximum: 1_000, description: "Experiences looked at in the second phase, the most similar ones." },
  { name: "mostExperiences", kind: "count", minimum: 1, maximum: 1_000, description: "Most experiences of one recall that names no floor." },
  { name: "leastBeside", kind: "share", minimum: 0, maximum: 1, description: "Least utility of an experience that is recalled beside a better one, where the caller names no floor; 0 for any." },
  { name: "mostUntried", kind: "count", minimum: 1, maximum: 1_000, description: "Most experiences without any outcome of one recall that names no floor, where at least four others that fit have one." },
  { name: "learningRate", kind: "share", minimum: 0, maximum: 1, description: "How far one outcome moves the utility." },
  { name: "floor", kind: "share", minimum: 0, maximum: 1, description: "Least similarity of what is recalled, where the caller names none." },
  { name: "vectorWeight", kind: "amount", minimum: 0, maximum: 4, description: "How much more a text that fits by its words counts where it is near in meaning too; 0 leaves the order to words." },
  { name: "hops", kind: "count", minimum: 0, maximum: 3, description: "How many times recall goes on from what it found to what shares people, places and things with it." },
  { name: "halfLifeDays", kind: "amount", minimum: 0, maximum: 36_500, description: "Days after which half of what was learned is forgotten; 0 for never." },
  { name: "gateUses", kind: "count", minimum: 1, maximum: 1_000, description: "Outcomes an experience needs before the gate decides about it." },
  { name: "promoteAt", kind: "share", minimum: 0, maximum: 1, description: "Utility from which the gate promotes." },
  { name: "retireAt", kind: "share", minimum: 0, maximum: 1, description: "Utility down to which the gate retires." },
  { name: "embedWaitMs", kind: "amount", minimum: 0, maximum: 60_000, description: "Longest wait for the vector of a query, in milliseconds; words alone answer after it. A search, which names its floor, waits for five seconds at least." },
  { name: "busyTimeoutMs", kind: "count", minimum: 0, maximum: 60_000, description: "How long a call waits for another process's transaction, in milliseconds." },
];

/** Schema and parser of the options. */
export const sqliteMemoryOptions: OptionsSchema<SqliteMemoryOptions> = {
  jsonSchema: {
    type: "object",
    additionalProperties: false,
    properties: {
      preset: { enum: Object.keys(presets), default: "default", description: "A named set of the numbers below; what is given beside it goes before it." },
      path: { type: "string", minLength: 1, description: "Absolute path of the database; memory.db in the home's state folder by default." },
      credit: { enum: ["set", "own"], default: defaults.credit, description: "What an outcome is compared with: the mean utility of all experiences that were shown, or each one's own." },
      thread: { enum: ["auto", "worker", "caller"], default: defaults.thread, description: "Where the work is done: in a worker once the memory is large, always there, or always in the caller's thread." },
      ...Object.fromEntries(rules.map(({ name, kind, minimum, maximum, description }) => [name, { type: kind === "count" ? "integer" : "number", minimum, maximum, default: defaults[name], description }])),
    },
  },
  parse(value = {}) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("the options are not an object");
    const given: Readonly<Record<string, unknown>> = { ...value };
    const { path, credit, preset = "default", thread = defaults.thread } = given;
    if (path !== undefined && (typeof path !== "string" || !isAbsolute(path))) throw invalid("path must be an absolute path");
    if (credit !== undefined && credit !== "set" && credit !== "own") throw invalid('credit must be "set" or "own"');
    if (thread !== "auto" && thread !== "worker" && thread !== "caller") throw invalid('thread must be "auto", "worker" or "caller"');
    const named = typeof preset === "string" && Object.hasOwn(presets, preset) ? presets[preset] : undefined;
    if (named === undefined) throw invalid(`preset must be one of ${Object.keys(presets).join(", ")}`);
    const numbers = rules.filter(({ name }) => given[name] !== undefined).map((rule) => [rule.name, toNumber(given[rule.name], rule)]);
    const options: SqliteMemoryOptions = { ...defaults, ...named, thread, ...(path === undefined ? {} : { path }), ...(credit === undefined ? {} : { credit }), ...Object.fromEntries(numbers) };
    if (options.retireAt >= options.promoteAt) throw invalid("retireAt must be below promoteAt");
    return options;
  },
};

function toNumber(value: unknown, { name, kind, minimum, maximum }: NumberRule): number {
  const isRight = typeof value === "number" && value >= minimum && value <= maximum && (kind !== "count" || Number.isInteger(value));
  if (!isRight) throw invalid(`${name} must be a ${kind === "count" ? "whole " : ""}number from ${minimum} to ${maximum}`);
  return value;
}

function invalid(what: string): OmniError {
  return new OmniError("config.invalid", `memory.with: ${what}.`);
}
