import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import { CallToolRequestSchema, ElicitResultSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import type { ClientCapabilities, ElicitRequestFormParams, ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import type { McpExchange, McpForm, McpPlace } from "./mcp-place.ts";
import { createToolCalls } from "./tool-calls.ts";
import { toToolPage } from "./tool-page.ts";
import manifest from "../../package.json" with { type: "json" };

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** How long the person at a client may take over a form, in milliseconds. */
const formMs = 600_000;

/** How often progress is told at most, in milliseconds. */
const progressMs = 50;

const instructions = "The tools of a personal agent. Every call runs under the agent's own policy: one that needs an approval waits for a person for a while, and is refused without one.";

/** In the place of the library's own validator, which is made anew for every client: answers to forms are read field by field where they come in. */
const noValidator = { getValidator: () => () => ({ valid: false as const, data: undefined, errorMessage: "nothing is validated here" }) };

/** The server of one client. */
export interface McpServer {
  /** Speaks as soon as the transport brings messages. */
  connect(transport: Transport): Promise<void>;
  /** True while a call of the client runs, whether or not it still waits for the answer. */
  readonly isBusy: boolean;
  /** Closes the transport and stops what runs for the client; resolves when it has ended. */
  close(): Promise<void>;
}

/** Makes the server of one client: the registry and nothing else. It frees everything with its transport. */
export function createMcpServer(place: McpPlace): McpServer {
  const { runtime } = place;
  const server = new Server(
    { name: "omni", title: "Omni", version: manifest.version },
    { capabilities: { tools: { listChanged: true } }, instructions, jsonSchemaValidator: noValidator, debouncedNotificationMethods: ["notifications/tools/list_changed"] },
  );
  const calls = createToolCalls(place);
  server.setRequestHandler(ListToolsRequestSchema, async ({ params }) => {
    await runtime.listed();
    return toToolPage(runtime.tools.list(), params?.cursor, runtime.log);
  });
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    try {
      return await calls.run(params, toExchange(extra, server.getClientCapabilities(), place));
    } finally {
      if (extra.signal.aborted) place.cancelled?.(extra.requestId);
    }
  });
  // A client that hears nothing has gone, and reads the list anew when it is back.
  const unsubscribe = runtime.tools.onChange(() => void server.sendToolListChanged().catch(() => undefined));
  const onerror = (error: Error): void => runtime.log.debug("a message of an MCP client was of no use", { principal: place.principal.id, message: error.message });
  Object.assign(server, { onclose: unsubscribe, onerror });
  return {
    connect: (transport) => server.connect(transport),
    get isBusy() {
      return calls.isBusy;
    },
    async close() {
      await server.close();
      await calls.idle();
    },
  };
}

function toExchange(extra: Extra, capabilities: ClientCapabilities | undefined, { clock }: McpPlace): McpExchange {
  const progressToken = extra._meta?.progressToken;
  let told = 0;
  let last = Number.NEGATIVE_INFINITY;
  const form = capabilities?.elicitation?.form;
  return {
    signal: extra.signal,
    async progress(message) {
      if (progressToken === undefined || clock.monotonic() - last < progressMs) return;
      last = clock.monotonic();
      told += 1;
      await extra.sendNotification({ method: "notifications/progress", params: { progressToken, progress: told, message } }).catch(() => undefined);
    },
    ...(form === undefined ? {} : { elicit: (wanted, signal) => elicit(wanted, signal, extra) }),
  };
}

async function elicit(form: McpForm, signal: AbortSignal, extra: Extra): ReturnType<NonNullable<McpExchange["elicit"]>> {
  const { message, field, title, choices } = form;
  const property = choices === undefined ? { type: "string" as const, title } : { type: "string" as const, title, enum: choices.map(({ value }) => value), enumNames: choices.map((choice) => choice.title) };
  const params: ElicitRequestFormParams = { mode: "form", message, requestedSchema: { type: "object", properties: { [field]: property }, required: [field] } };
  const { action, content } = await extra.sendRequest({ method: "elicitation/create", params }, ElicitResultSchema, { signal, timeout: formMs });
  const value = content?.[field];
  return { action, ...(typeof value === "string" ? { value } : {}) };
}
