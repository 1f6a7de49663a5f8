import type { ToolDefinition } from "@omni/core";
import type { ChosenCall } from "./choose-call.ts";
import { chooseCall } from "./choose-call.ts";

/** Requests that work where a fitting tool is offered; each is tried before it is named. */
const examples = ["list the files in this folder", "read README.md", 'search the files for "TODO"', "find *.md", "fetch https://example.com"];

/** Most tools that are named. */
const mostTools = 8;

/** Says that there is no model, what works without one with these tools, and how to add one. */
export function toNoModelMessage(tools: readonly ToolDefinition[], suggestion: ChosenCall | undefined): string {
  const parts = ["No model is configured, and no read-only tool plainly fits this message, so nothing was done."];
  if (suggestion !== undefined) parts.push(`This much works without a model: ${suggestion.name} ${JSON.stringify(suggestion.arguments)}.`);
  const working = examples.filter((example) => chooseCall(example, tools).call !== undefined);
  if (working.length > 0) parts.push(`Without a model you can say, for example: ${working.join(" · ")}.`);
  const names = tools.filter((tool) => tool.readOnly).map((tool) => tool.name);
  if (names.length > 0) parts.push(`Any tool can be called by its name with its arguments as JSON; these only look: ${names.slice(0, mostTools).join(", ")}${names.length > mostTools ? " and others" : ""}.`);
  parts.push("To add a model: set OPENAI_API_KEY, or OPENAI_BASE_URL for a local server (Ollama, LM Studio, vLLM, llama.cpp), or `provider` in omni.json.");
  return parts.join("\n");
}
