import type { JsonValue, Tool, Toolset } from "@omni/core";

/** Tools on the person behind the turn: `person.ask` asks and waits, also across restarts. */
export function createPersonTools(): Toolset {
  const ask: Tool = {
    name: "person.ask",
    description: "Asks the person a question and waits for the answer. Use it when you cannot go on without knowing something that only they know.",
    inputSchema: {
      type: "object",
      properties: {
        question: { type: "string", minLength: 1, description: "The question, in the person's own language." },
        choices: { type: "array", items: { type: "string" }, maxItems: 10, description: "Answers to choose from; other words are allowed as well." },
      },
      required: ["question"],
      additionalProperties: false,
    },
    // Asked again under the same call, the recorded answer comes back: repeating it is safe.
    annotations: { title: "Question to the person", idempotentHint: true, openWorldHint: false },
    action: () => ({ kind: "internal" }),
    async execute(input, context) {
      const choices = toTexts(input["choices"]);
      const answer = await context.ask({ question: String(input["question"]), ...(choices.length === 0 ? {} : { choices }) });
      return { content: [{ type: "text", text: answer }] };
    },
  };
  return { owner: "person", trusted: true, tools: () => [ask], onChange: () => () => undefined, close: async () => undefined };
}

function toTexts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each: unknown): each is string => typeof each === "string") : [];
}
