import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** How a chat in a terminal looks and remembers. */
export interface TerminalChannelOptions {
  /** True shows answers as Markdown, false as they are. */
  readonly markdown: boolean;
  /** Messages that are kept in the home for up and Ctrl+R; 0 keeps none. */
  readonly history: number;
  /** Most UTF-8 bytes of a message; what does not fit is refused while it is written. */
  readonly messageBytes: number;
}

const defaults: TerminalChannelOptions = { markdown: true, history: 1_000, messageBytes: 1_048_576 };

/** Options of the terminal channel; all have defaults. `parse` throws `config.invalid` for a wrong value. */
export const terminalChannelOptions: OptionsSchema<TerminalChannelOptions> = {
  jsonSchema: {
    type: "object",
    properties: {
      markdown: { type: "boolean", default: defaults.markdown, description: "True shows answers as Markdown, false as they are." },
      history: { type: "integer", minimum: 0, maximum: 100_000, default: defaults.history, description: "Messages that are kept in the home for up and Ctrl+R; 0 keeps none." },
      messageBytes: { type: "integer", minimum: 1, default: defaults.messageBytes, description: "Most UTF-8 bytes of a message." },
    },
    additionalProperties: false,
  },
  parse(value) {
    const given: unknown = value ?? {};
    if (!isRecord(given)) throw new OmniError("config.invalid", "The options of channel terminal are no object; write { } for the defaults.");
    const { markdown = defaults.markdown } = given;
    if (typeof markdown !== "boolean") throw new OmniError("config.invalid", `Option markdown of channel terminal is ${JSON.stringify(markdown)}; it is true or false.`);
    return { markdown, history: toWhole(given, "history", { least: 0, most: 100_000 }), messageBytes: toWhole(given, "messageBytes", { least: 1, most: Number.MAX_SAFE_INTEGER }) };
  },
};

function toWhole(given: Readonly<Record<string, unknown>>, name: "history" | "messageBytes", { least, most }: { readonly least: number; readonly most: number }): number {
  const value = given[name] ?? defaults[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new OmniError("config.invalid", `Option ${name} of channel terminal is ${JSON.stringify(value)}; it is a whole number from ${least} to ${most}.`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
