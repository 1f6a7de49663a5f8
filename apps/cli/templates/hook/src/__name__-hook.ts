// Yours to write, at most 40 lines of code: what is watched, changed or refused.
// What stands here works and passes the kit; put your own in its place.

import type { ContentBlock, Hook, OmniModule, ToolResult } from "@omni/core";

/** Words that look like keys: a known beginning, then many letters and numbers. */
const key = /\b(?:sk|ghp|xoxb|AKIA)[-_]?[A-Za-z0-9_-]{12,}/g;

/** Makes a hook that takes keys out of what tools found, before the model sees it. */
export function create__Name__Hook(): Hook {
  return {
    async toolResult({ result }): Promise<ToolResult | undefined> {
      const content = result.content.map(withoutKeys);
      const isChanged = content.some((block, index) => block !== result.content[index]);
      const { structuredContent, ...rest } = result;
      const isPlain = structuredContent === undefined || JSON.stringify(structuredContent).search(key) < 0;
      if (!isChanged && isPlain) return undefined;
      // What programs read says the same as the text: where it holds a key it is left out whole.
      const note: ContentBlock = { type: "text", text: "[a key was taken out of this result]" };
      return { ...rest, content: [...content, note], ...(isPlain && structuredContent !== undefined ? { structuredContent } : {}) };
    },
  };
}

/** The block itself where it holds no key. */
function withoutKeys(block: ContentBlock): ContentBlock {
  if (block.type === "text") {
    const text = block.text.replace(key, "[key]");
    return text === block.text ? block : { ...block, text };
  }
  if (block.type !== "resource" || block.resource.text === undefined) return block;
  const text = block.resource.text.replace(key, "[key]");
  return text === block.resource.text ? block : { ...block, resource: { ...block.resource, text } };
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"hook"> = {
  slot: "hook",
  name: "__name__",
  contract: 1,
  options: { jsonSchema: { type: "object", properties: {}, additionalProperties: false }, parse: (value) => value },
  create: create__Name__Hook,
};
