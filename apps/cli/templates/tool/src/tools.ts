// Yours to write, at most 40 lines of code: your tools, as the model is shown them.
// What stands here works and passes the kit; put your own in its place.

import type { Host, Tool, ToolContext, ToolResult } from "@omni/core";

const file = "__name__.md";

/** The tools, as the model is shown them. */
export function createTools(host: Pick<Host, "files">): readonly Tool[] {
  return [createReadTool(host), createAddTool(host)];
}

function createReadTool(host: Pick<Host, "files">): Tool {
  return {
    name: "__name__.read",
    description: "Reads the newest lines of the journal.",
    inputSchema: { type: "object", properties: { lines: { type: "integer", minimum: 1, maximum: 500, description: "How many lines; 20 by default." } }, additionalProperties: false },
    effect: "read",
    action: () => ({ kind: "read", paths: [file] }),
    async execute({ lines: count = 20 }, context) {
      const lines = (await readAll(host, context)).split("\n").filter((line) => line !== "");
      return say(lines.length === 0 ? "The journal is empty." : lines.slice(-Number(count)).join("\n"));
    },
  };
}

function createAddTool(host: Pick<Host, "files">): Tool {
  return {
    name: "__name__.add",
    description: "Adds a line to the end of the journal.",
    inputSchema: { type: "object", properties: { line: { type: "string", description: "The line, without its end." } }, required: ["line"], additionalProperties: false },
    // Adding twice adds two lines: after a crash the call is not repeated, and the model is told.
    effect: "once",
    action: () => ({ kind: "write", paths: [file] }),
    async execute(input, context) {
      const line = String(input["line"]).replaceAll(/\s+/g, " ").trim();
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

function say(text: string): ToolResult {
  return { content: [{ type: "text", text }] };
}
