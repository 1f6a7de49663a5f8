import type { Call, GatewayParts } from "../route.ts";
import type { McpSessions } from "./mcp-sessions.ts";
import type { McpSettings } from "./mcp-place.ts";

/** The MCP clients that come over HTTP. */
export interface McpHub {
  /** Answers a request that has passed the gate. Throws what is wrong with it beside the protocol: `request.*`, `auth.forbidden`. */
  handle(call: Call): Promise<Response>;
  /** Ends all sessions: their streams end, and what runs for them is stopped. */
  close(): void;
}

/** What a hub works with. */
export interface McpHubParts extends Pick<GatewayParts, "runtime" | "clock" | "maxBodyBytes" | "metrics"> {
  readonly settings: McpSettings;
}

/** Makes a hub without sessions. What speaks the protocol is loaded by the first request: it takes a sixth of a second. */
export function createMcpHub(parts: McpHubParts): McpHub {
  let loading: Promise<McpSessions> | undefined;
  const load = async (): Promise<McpSessions> => (await import("./mcp-sessions.ts")).createMcpSessions(parts);
  return {
    handle: async (call) => (await (loading ??= load())).handle(call),
    close: () => void loading?.then((sessions) => sessions.close(), () => undefined),
  };
}
