import type { Host, JsonObject, OmniModule, Tool, ToolContext, ToolResult, Toolset } from "@omni/core";

const file = "journal.md";

/** Makes tools that keep a journal in the workspace. */
export function createJournalTool(_options: unknown, host: Pick<Host, "files">): Toolset {
  const tools = [createReadTool(host), createAddTool(host)];
  return { owner: "journal", trusted: true, tools: () => tools, onChange: () => () => undefined, close: async () => undefined };
}

function createReadTool(host: Pick<Host, "files">): Tool {
  return {
    name: "journal.read",
    description: "Reads the newest lines of the journal.",
    inputSchema: { type: "object", properties: { lines: { type: "integer", minimum: 1, maximum: 500, description: "How many lines; 20 by default." } }, additionalProperties: false },
    effect: "read",
    action: () => ({ kind: "read", paths: [file] }),
    async execute(input, context) {
      context.signal.throwIfAborted();
      const count = typeof input["lines"] === "number" ? input["lines"] : 20;
      const lines = (await readAll(host, context)).split("\n").filter((line) => line !== "");
      return say(lines.length === 0 ? "The journal is empty." : lines.slice(-count).join("\n"));
    },
  };
}

function createAddTool(host: Pick<Host, "files">): Tool {
  return {
    name: "journal.add",
    description: "Adds a line to the end of the journal.",
    inputSchema: { type: "object", properties: { line: { type: "string", description: "The line, without its end." } }, required: ["line"], additionalProperties: false },
    // Adding twice adds two lines: after a crash the call is not repeated, and the model is told.
    effect: "once",
    action: () => ({ kind: "write", paths: [file] }),
    async execute(input, context) {
      context.signal.throwIfAborted();
      const line = toLine(input);
      if (line === "") return { ...say("There is nothing to add: give a line of words."), isError: true };
      await host.files.within(context.workspace).write(file, `${await readAll(host, context)}${line}\n`);
      return say("Added.");
    },
  };
}

async function readAll(host: Pick<Host, "files">, { workspace }: ToolContext): Promise<string> {
  const files = host.files.within(workspace);
  return (await files.stat(file)) === undefined ? "" : new TextDecoder().decode(await files.read(file));
}

function toLine(input: JsonObject): string {
  return typeof input["line"] === "string" ? input["line"].replaceAll(/\s+/g, " ").trim() : "";
}

function say(text: string): ToolResult {
  return { content: [{ type: "text", text }] };
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"tool"> = {
  slot: "tool",
  name: "journal",
  contract: 1,
  options: { jsonSchema: { type: "object", properties: {}, additionalProperties: false }, parse: (value) => value },
  create: createJournalTool,
};
