import type { JsonObject, Tool, ToolResult } from "@omni/core";
import type { CallParts } from "./call-server.ts";
import type { ToolDefinition } from "./tool-definitions.ts";
import { callServer } from "./call-server.ts";
import { toToolResult } from "./tool-result.ts";

/** A tool of the server under its full name. */
export function createServerTool(definition: ToolDefinition, owner: string, parts: CallParts): Tool {
  const { description, inputSchema, annotations } = definition;
  const name = `${owner}.${definition.command}`;
  return {
    name,
    description,
    inputSchema,
    ...(annotations === undefined ? {} : { annotations }),
    async execute(input, context) {
      const answer = await callServer({ method: "tools/call", params: { name: definition.name, arguments: input }, tool: name, isRead: false, isTask: definition.isTask }, context, parts);
      return "refusal" in answer ? toRefusal(name, answer.refusal) : toToolResult(answer.result);
    },
  };
}

/** A server's error as the model reads it. */
export function toRefusal(name: string, words: string): ToolResult {
  return { isError: true, content: [{ type: "text", text: `${name} failed: ${words === "" ? "the server gave no reason" : words}` }] };
}

/** `true` for arguments that are an object of texts, as prompts take them. */
export function toTextArguments(value: unknown): JsonObject {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, typeof each === "string" ? each : JSON.stringify(each)])) : {};
}
