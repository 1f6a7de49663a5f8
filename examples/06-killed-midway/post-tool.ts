import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { OmniModule, Tool, ToolContext, ToolResult } from "@omni/core";

/** Posts a letter, tells the process that started this one, and waits a minute for the receipt. Not safe to repeat, so of effect `once`. */
const send: Tool = {
  name: "post.send",
  description: "Posts the letter.",
  inputSchema: { type: "object", properties: {}, additionalProperties: false },
  effect: "once",
  async execute(_input: unknown, context: ToolContext): Promise<ToolResult> {
    await appendFile(join(context.workspace, "posted"), "letter\n");
    process.send?.("posted");
    await setTimeout(60_000);
    return { content: [{ type: "text", text: "Posted; here is the receipt." }] };
  },
};

/** A post office. */
export const omni: OmniModule<"tool"> = {
  slot: "tool",
  name: "post",
  contract: 1,
  options: { jsonSchema: { type: "object" }, parse: (value) => value },
  create: () => ({ owner: "post", trusted: true, tools: () => [send], onChange: () => () => undefined, close: async () => undefined }),
};
