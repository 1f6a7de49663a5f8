import type { Host, OmniModule, Tool, Toolset } from "@omni/core";
import { createTools } from "./tools.ts";

/** Makes a toolset whose tools are always the same. */
export function create__Name__Tool(_options: unknown, host: Pick<Host, "files">): Toolset {
  const tools = createTools(host).map(withStop);
  return { owner: "__name__", trusted: true, tools: () => tools, onChange: () => () => undefined, close: async () => undefined };
}

/** The tool, not begun where its call was stopped before. */
function withStop(tool: Tool): Tool {
  return {
    ...tool,
    async execute(input, context) {
      context.signal.throwIfAborted();
      return tool.execute(input, context);
    },
  };
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"tool"> = {
  slot: "tool",
  name: "__name__",
  contract: 1,
  options: { jsonSchema: { type: "object", properties: {}, additionalProperties: false }, parse: (value) => value },
  create: create__Name__Tool,
};
