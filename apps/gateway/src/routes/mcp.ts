import type { Route, RouteParameter } from "../route.ts";
import { object, text, word } from "../schemas/schema.ts";

const session: RouteParameter = { in: "header", name: "Mcp-Session-Id", about: "The session, as the answer to initialize names it; only initialize itself has none.", schema: text() };
const version: RouteParameter = { in: "header", name: "MCP-Protocol-Version", about: "The version that was agreed on.", schema: text() };

/** One message of the protocol. Which methods there are is the protocol's matter. */
const message = object({ jsonrpc: word(["2.0"]), "id?": { type: ["string", "integer"] }, "method?": text(), "params?": { type: "object" }, "result?": { type: "object" }, "error?": { type: "object" } });

/** The tools as an MCP server, by the protocol's streamable HTTP. */
export const mcpRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/mcp",
    auth: "bearer",
    scopes: ["read", "chat"],
    about: "A message of an MCP client: the tools, listed and called",
    parameters: [session, version],
    body: message,
    answers: { 200: { about: "The answer, as server-sent events.", contentType: "text/event-stream" }, 202: { about: "A message that has no answer was taken." } },
    handle: (call, { mcp }) => mcp.handle(call),
  },
  {
    method: "GET",
    path: "/mcp",
    takesHead: false,
    auth: "bearer",
    scopes: ["read", "chat"],
    about: "What an MCP session is told unasked: that the tools changed",
    parameters: [session, version],
    answers: { 200: { about: "Server-sent events, until the session ends.", contentType: "text/event-stream" } },
    handle: (call, { mcp }) => mcp.handle(call),
  },
  {
    method: "DELETE",
    path: "/mcp",
    auth: "bearer",
    scopes: ["read", "chat"],
    about: "Ends an MCP session",
    parameters: [session, version],
    answers: { 200: { about: "It has ended; what ran for it is stopped." } },
    handle: (call, { mcp }) => mcp.handle(call),
  },
];
