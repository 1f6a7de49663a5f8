import type { Host, OmniModule, Tool, Toolset } from "@omni/core";
import { createTools } from "./journal-tool/tools.ts";

/** Makes a toolset whose tools are always the same. */
export function createJournalTool(_options: unknown, host: Pick<Host, "files">): Toolset {
  const tools = createTools(host).map(withStop);
  return { owner: "journal", trusted: true, tools: () => tools, onChange: () => () => undefined, close: async () => undefined };
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
  name: "journal",
  contract: 1,
  options: { jsonSchema: { type: "object", properties: {}, additionalProperties: false }, parse: (value) => value },
  create: createJournalTool,
};
