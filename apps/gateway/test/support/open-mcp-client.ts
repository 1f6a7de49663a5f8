import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import type { CallToolResult, ElicitRequest, ElicitResult } from "@modelcontextprotocol/sdk/types.js";
import { onTestFinished } from "vitest";
import type { Listening } from "./open-listening.ts";

/** What the person at the client does with a form. */
export type Person = (form: ElicitRequest["params"]) => ElicitResult | Promise<ElicitResult>;

/** A client of the protocol's own library, over a real socket. */
export async function openMcpClient(listening: Pick<Listening, "url" | "token">, options: { readonly token?: string; readonly person?: Person } = {}): Promise<{ readonly client: Client; readonly transport: StreamableHTTPClientTransport }> {
  const transport = new StreamableHTTPClientTransport(new URL("/mcp", listening.url), {
    requestInit: { headers: { authorization: `Bearer ${options.token ?? listening.token}` } },
    reconnectionOptions: { maxRetries: 0, initialReconnectionDelay: 1, maxReconnectionDelay: 1, reconnectionDelayGrowFactor: 1 },
  });
  const client = await connectClient(transport as Transport, options.person);
  return { client, transport };
}

/** Connects a client over any transport; with a person it can put forms to. */
export async function connectClient(transport: Transport, person?: Person): Promise<Client> {
  const client = new Client({ name: "test", version: "1" }, { capabilities: person === undefined ? {} : { elicitation: { form: {} } } });
  if (person !== undefined) client.setRequestHandler(ElicitRequestSchema, ({ params }) => person(params));
  await client.connect(transport);
  onTestFinished(() => client.close());
  return client;
}

/** A result as tests look at it: the text, whether it is an error, and how the call ended. */
export function toSeen(result: Awaited<ReturnType<Client["callTool"]>>): readonly [text: string, isError: boolean, status: unknown] {
  const { content, isError, _meta } = result as CallToolResult;
  return [content.map((block) => (block.type === "text" ? block.text : block.type)).join("\n"), isError === true, _meta?.["omni/status"]];
}
