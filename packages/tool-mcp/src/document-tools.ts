import type { ContentBlock, JsonObject, JsonSchema, JsonValue, Tool, ToolContext, ToolResult } from "@omni/core";
import type { CallParts } from "./call-server.ts";
import type { Connection } from "./connection.ts";
import { callServer } from "./call-server.ts";
import { isJsonList, isJsonObject, toBounded, toWords } from "./json-shape.ts";
import { listPages } from "./list-pages.ts";
import { toBlocks, toResource } from "./tool-result.ts";
import { toRefusal, toTextArguments } from "./server-tools.ts";

/** Most entries of a list that are shown at once. */
const mostShown = 500;

const noArguments: JsonSchema = { type: "object", properties: {}, additionalProperties: false };

/** What a server's documents and prompts are offered by. */
interface DocumentTool {
  readonly command: string;
  readonly capability: "resources" | "prompts";
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly run: (input: JsonObject, ask: Ask) => Promise<ToolResult>;
}

/** Asks the server once; a refusal is thrown as `Refused`. */
type Ask = (method: string, params: JsonObject) => Promise<JsonObject>;

class Refused extends Error {}

const documentTools: readonly DocumentTool[] = [
  {
    command: "resource-list",
    capability: "resources",
    description: "Lists the documents (resources) of the server, with the uri to read each by.",
    inputSchema: noArguments,
    run: async (_input, ask) => {
      const resources = await listAll(ask, "resources/list", "resources");
      const templates = await listAll(ask, "resources/templates/list", "resourceTemplates").catch(() => []);
      return toList([...resources.map((each) => toLine(each, "uri")), ...templates.map((each) => toLine(each, "uriTemplate"))], "no documents");
    },
  },
  {
    command: "resource-read",
    capability: "resources",
    description: "Reads one document (resource) of the server by its uri.",
    inputSchema: { type: "object", properties: { uri: { type: "string", minLength: 1, description: "The uri, as resource-list or a link in a result gives it." } }, required: ["uri"], additionalProperties: false },
    run: async (input, ask) => toDocument(await ask("resources/read", { uri: input["uri"] })),
  },
  {
    command: "prompt-list",
    capability: "prompts",
    description: "Lists the prompts of the server, with the arguments each takes.",
    inputSchema: noArguments,
    run: async (_input, ask) => toList((await listAll(ask, "prompts/list", "prompts")).map(toPromptLine), "no prompts"),
  },
  {
    command: "prompt-get",
    capability: "prompts",
    description: "Gives the messages of one prompt of the server, its arguments put in.",
    inputSchema: {
      type: "object",
      properties: {
        name: { type: "string", minLength: 1, description: "Name of the prompt, as prompt-list gives it." },
        arguments: { type: "object", additionalProperties: { type: "string" }, description: "Its arguments by name; none when absent." },
      },
      required: ["name"],
      additionalProperties: false,
    },
    run: async (input, ask) => toPrompt(await ask("prompts/get", { name: input["name"], arguments: toTextArguments(input["arguments"]) })),
  },
];

/** Which tools a server's documents and prompts need, beside its own; where one of those has the name already, `mcp-` is put before ours. */
export function createDocumentTools(owner: string, connection: Connection, taken: ReadonlySet<string>, parts: CallParts): readonly Tool[] {
  return documentTools.filter((tool) => connection.hasCapability(tool.capability)).map((tool) => createDocumentTool(tool, `${owner}.${taken.has(tool.command) ? "mcp-" : ""}${tool.command}`, parts));
}

function createDocumentTool({ description, inputSchema, run }: DocumentTool, name: string, parts: CallParts): Tool {
  return {
    name,
    description,
    inputSchema,
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: true },
    async execute(input, context) {
      try {
        return await run(input, toAsk(name, context, parts));
      } catch (error) {
        if (error instanceof Refused) return toRefusal(name, error.message);
        throw error;
      }
    },
  };
}

function toAsk(tool: string, context: ToolContext, parts: CallParts): Ask {
  return async (method, params) => {
    const answer = await callServer({ method, params, tool, isRead: true }, context, parts);
    if ("refusal" in answer) throw new Refused(answer.refusal);
    return answer.result;
  };
}

async function listAll(ask: Ask, method: string, key: string): Promise<readonly JsonObject[]> {
  const { items } = await listPages({ ask: (params) => ask(method, params), key, mostItems: mostShown + 1 });
  return items.filter(isJsonObject);
}

function toList(lines: readonly string[], nothing: string): ToolResult {
  const shown = lines.slice(0, mostShown);
  if (lines.length > shown.length) shown.push(`[the first ${mostShown} of a longer list]`);
  return { content: [{ type: "text", text: shown.length === 0 ? `The server has ${nothing}.` : shown.join("\n") }] };
}

function toLine(item: JsonObject, key: "uri" | "uriTemplate"): string {
  const parts = [toWords(item["name"]), toWords(item["mimeType"]), toWords(item["description"])].filter((part) => part !== undefined);
  return toBounded([toWords(item[key]) ?? "(no uri)", ...parts].join(" — "), 500).replaceAll("\n", " ");
}

function toPromptLine(item: JsonObject): string {
  const list = item["arguments"];
  const names = (isJsonList(list) ? list.filter(isJsonObject) : []).map((each) => `${String(each["name"])}${each["required"] === true ? "" : "?"}`);
  const description = toWords(item["description"]);
  return toBounded(`${String(item["name"])}(${names.join(", ")})${description === undefined ? "" : ` — ${description}`}`, 500).replaceAll("\n", " ");
}

/** Text as text and pictures as pictures, so that any model can read them; other bytes stay a document. */
function toDocument(result: JsonObject): ToolResult {
  const list = result["contents"];
  const content = (isJsonList(list) ? list : []).flatMap((item): ContentBlock[] => {
    const resource = isJsonObject(item) ? toResource(item) : undefined;
    if (resource === undefined) return [];
    const { text, blob, mimeType = "" } = resource;
    if (text !== undefined) return text === "" ? [] : [{ type: "text", text }];
    return blob !== undefined && mimeType.startsWith("image/") ? [{ type: "image", data: blob, mimeType }] : [{ type: "resource", resource }];
  });
  return { content: content.length === 0 ? [{ type: "text", text: "The document is empty." }] : content };
}

function toPrompt(result: JsonObject): ToolResult {
  const messages = result["messages"];
  const content = (isJsonList(messages) ? messages : []).flatMap((message: JsonValue): ContentBlock[] => {
    if (!isJsonObject(message)) return [];
    return toBlocks(message["content"] ?? "").map((block) => (block.type === "text" ? { ...block, text: `${String(message["role"])}: ${block.text}` } : block));
  });
  return { content: content.length === 0 ? [{ type: "text", text: "The prompt has no messages." }] : content };
}
