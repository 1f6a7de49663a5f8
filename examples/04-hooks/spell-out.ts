import type { Hook, OmniModule } from "@omni/core";

/** What is written out, by its abbreviation. */
interface SpellOutOptions {
  readonly words: Readonly<Record<string, string>>;
}

/** Writes abbreviations of the person out before the model sees them. */
function createEditingHook(options: SpellOutOptions): Hook {
  return {
    async message({ text }) {
      return { text: text.replaceAll(/\b[A-Z]{2,}\b/g, (word) => (Object.hasOwn(options.words, word) ? `${options.words[word]} (${word})` : word)) };
    },
  };
}

/** A hook that edits. */
export const omni: OmniModule<"hook", SpellOutOptions> = {
  slot: "hook",
  name: "spell-out",
  contract: 1,
  options: { jsonSchema: { type: "object", properties: { words: { type: "object", additionalProperties: { type: "string" } } }, required: ["words"] }, parse: (value) => value as SpellOutOptions },
  create: createEditingHook,
};
