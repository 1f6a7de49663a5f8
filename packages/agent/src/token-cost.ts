import type { ContentBlock, Message, TokenCounter, ToolDefinition } from "@omni/core";

/** Tokens of the wire's own words around a message: role, ids, punctuation. the usual count is 3 to 4; ids of calls need more. */
const messageOverhead = 8;

/** Tokens a picture takes: the upper end of what the common vision models charge for one of 1024 × 1024. */
const imageTokens = 1_100;

/** Characters of sound in base64 that take a token: a second of mp3 at 128 kbit/s is 21,300 of them, for which ten tokens are charged. */
const soundCharactersPerToken = 2_000;

/** Tokens of a picture or a sound in a request; 0 for any other block. */
export function toMediaTokens(block: ContentBlock): number {
  if (block.type === "image") return imageTokens;
  return block.type === "audio" ? Math.ceil(block.data.length / soundCharactersPerToken) + messageOverhead : 0;
}

/** Counts what a request costs; each message and each tool is counted once. */
export interface TokenCost {
  message(message: Message): number;
  tools(tools: readonly ToolDefinition[]): number;
  text(text: string): number;
}

/** Makes a counter for one turn. */
export function createTokenCost(tokens: TokenCounter): TokenCost {
  const known = new WeakMap<Message, number>();
  const knownTools = new WeakMap<ToolDefinition, number>();
  const text = (value: string): number => tokens.count(value);
  const block = (content: ContentBlock): number => {
    if (content.type === "text") return text(content.text);
    if (content.type === "image" || content.type === "audio") return toMediaTokens(content);
    return text(JSON.stringify(content));
  };
  const count = (message: Message): number => {
    if (message.role === "assistant") {
      const calls = message.toolCalls.map((call) => text(call.name) + text(call.arguments) + messageOverhead);
      return messageOverhead + text(message.text) + sum(calls);
    }
    return messageOverhead + sum(message.content.map(block));
  };
  const tool = (definition: ToolDefinition): number => {
    const before = knownTools.get(definition);
    if (before !== undefined) return before;
    const cost = messageOverhead + text(JSON.stringify(definition));
    knownTools.set(definition, cost);
    return cost;
  };
  return {
    text,
    tools: (tools) => sum(tools.map(tool)),
    message(message) {
      const before = known.get(message);
      if (before !== undefined) return before;
      const cost = count(message);
      known.set(message, cost);
      return cost;
    },
  };
}

/** The sum of some numbers. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
