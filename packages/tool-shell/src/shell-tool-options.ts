import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** Bounds of the shell tools that are whole numbers of at least 1. */
interface ShellBounds {
  /** Milliseconds a program may run when the call names no time. */
  readonly timeoutMs: number;
  /** Most milliseconds a call may ask for. The loop's own limit of a call, `agent.toolTimeoutMs`, holds beside it. */
  readonly longestTimeoutMs: number;
  /** Most bytes of output that are given whole; of a longer one head and tail are given and the whole is kept on disk. Also the most a call holds in memory, beside one block of 1 MiB. */
  readonly wholeBytes: number;
  /** Most bytes of one call's output that are kept on disk; what comes after is counted and dropped. */
  readonly callBytes: number;
  /** Most bytes of all kept outputs together; the oldest are removed. */
  readonly keptBytes: number;
  /** Most outputs kept on disk; the oldest are removed. */
  readonly keptCalls: number;
  /** Bytes of output after which a program is ended: it will not stop by itself. */
  readonly endlessBytes: number;
}

/** What the shell tools are made with. */
export interface ShellToolOptions extends ShellBounds {
  /** Environment of the programs, over the tool's own. Nothing of the gateway's environment is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

const mebibyte = 1_048_576;

const defaults: ShellBounds = {
  timeoutMs: 120_000,
  longestTimeoutMs: 600_000,
  wholeBytes: 8 * mebibyte,
  callBytes: 256 * mebibyte,
  keptBytes: 1_024 * mebibyte,
  keptCalls: 50,
  endlessBytes: 1_024 * mebibyte,
};

const descriptions: Readonly<Record<keyof ShellBounds, string>> = {
  timeoutMs: "Milliseconds a program may run when the call names no time.",
  longestTimeoutMs: "Most milliseconds a call may ask for; agent.toolTimeoutMs holds beside it.",
  wholeBytes: "Most bytes of output that are given whole; a longer one is kept on disk.",
  callBytes: "Most bytes of one call's output that are kept on disk.",
  keptBytes: "Most bytes of all kept outputs together; the oldest are removed.",
  keptCalls: "Most outputs kept on disk; the oldest are removed.",
  endlessBytes: "Bytes of output after which a program is ended.",
};

/** A name every shell can hold. */
const variableName = "^[A-Za-z_][A-Za-z0-9_]*$";

/** Options of the shell tools; all have defaults. `parse` throws `config.invalid` for a bound that is no whole number of at least 1 and for an environment that is not names and texts. */
export const shellToolOptions: OptionsSchema<ShellToolOptions> = {
  jsonSchema: {
    type: "object",
    properties: {
      ...Object.fromEntries(boundNames().map((name) => [name, { type: "integer", minimum: 1, default: defaults[name], description: descriptions[name] }])),
      env: {
        type: "object",
        propertyNames: { pattern: variableName },
        additionalProperties: { type: "string" },
        default: {},
        description: "Environment of the programs, over the tool's own; nothing of the gateway's is inherited.",
      },
    },
    additionalProperties: false,
  },
  parse(value) {
    const given = value ?? {};
    if (!isRecord(given)) throw invalid("the options are no object; write { } for the defaults");
    const bounds: Record<keyof ShellBounds, number> = { ...defaults };
    for (const name of boundNames()) {
      const bound = given[name];
      if (bound === undefined) continue;
      if (typeof bound !== "number" || !Number.isSafeInteger(bound) || bound < 1) throw invalid(`option ${name} is ${JSON.stringify(bound)}; it must be a whole number of at least 1`);
      bounds[name] = bound;
    }
    return { ...bounds, timeoutMs: Math.min(bounds.timeoutMs, bounds.longestTimeoutMs), env: toVariables(given["env"]) };
  },
};

function toVariables(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isRecord(value)) throw invalid("option env is no object of names and texts");
  const entries = Object.entries(value).map(([name, text]): readonly [string, string] => {
    if (!new RegExp(variableName).test(name)) throw invalid(`option env has the name ${JSON.stringify(name)}; use letters, digits and _`);
    if (typeof text !== "string" || text.includes("\0")) throw invalid(`option env.${name} is no text that a program can be given`);
    return [name, text];
  });
  return Object.fromEntries(entries);
}

function boundNames(): readonly (keyof ShellBounds)[] {
  return Object.keys(defaults).filter((name): name is keyof ShellBounds => name in defaults);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(what: string): OmniError {
  return new OmniError("config.invalid", `Tool shell: ${what}.`);
}
