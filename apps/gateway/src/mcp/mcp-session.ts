import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { OmniError } from "@omni/core";
import type { Call } from "../route.ts";
import type { Standing } from "../authority-look.ts";
import type { JsonBody } from "../request-body.ts";
import type { McpHubParts } from "./mcp-hub.ts";
import { createAuthorityLook } from "../authority-look.ts";
import { createMcpServer } from "./mcp-server.ts";
import { submitOnce } from "../submit-once.ts";
import { toErrorResponse } from "../responses.ts";

/** The entrance of everything that comes in over HTTP. */
const origin = "http";

/** One client over HTTP. */
export interface McpSession {
  readonly id: string;
  /** Whose it is. */
  readonly binding: string;
  /** True while a stream of it is open, or a call of it runs, whose client may have left. */
  readonly isBusy: boolean;
  /** `Clock.monotonic` of the last request, or of the end of the last stream. */
  readonly usedAt: number;
  /** Looks again whether its token still may use it. */
  look(): Promise<Standing>;
  take(call: Call, body?: JsonBody): Promise<Response>;
  /** Ends its streams and stops what runs for it. Idempotent. */
  close(): Promise<void>;
}

/** What a session is made from. */
export interface McpSessionParts extends McpHubParts {
  readonly binding: string;
  /** Told once, when it has ended. */
  closed(id: string): void;
}

/** Begins a session for whoever makes this request. */
export async function openMcpSession({ principal, isStillAllowed }: Call, parts: McpSessionParts): Promise<McpSession> {
  const { clock, binding } = parts;
  const id = crypto.randomUUID();
  const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: () => id });
  Object.assign(transport, { onclose: () => parts.closed(id) });
  const server = createMcpServer({
    ...parts,
    principal,
    origin,
    submit: async (message) => (await submitOnce(message, parts, false)).handle,
    // A request that was cancelled gets no answer, and without one its stream would stay open.
    cancelled: (requestId) => transport.closeSSEStream(requestId),
  });
  await server.connect(transport as Transport);
  let streams = 0;
  let usedAt = clock.monotonic();
  return {
    id,
    binding,
    look: createAuthorityLook(clock, isStillAllowed),
    get isBusy() {
      return streams > 0 || server.isBusy;
    },
    get usedAt() {
      return usedAt;
    },
    async take(call, body) {
      usedAt = clock.monotonic();
      streams += 1;
      const ended = (): void => {
        streams -= 1;
        usedAt = clock.monotonic();
      };
      try {
        const response = await transport.handleRequest(call.request, { parsedBody: body });
        return toWatched(response.status >= 400 ? await toOneForm(response, call) : response, ended);
      } catch (error) {
        ended();
        throw error;
      }
    },
    close: () => server.close(),
  };
}

/** What the protocol's own library refuses, in the form that errors have on every route, under the same status. */
async function toOneForm(response: Response, call: Call): Promise<Response> {
  const told = toErrorResponse(new OmniError("request.invalid", toReason(await response.text())), call);
  return new Response(told.body, { status: response.status, headers: told.headers });
}

function toReason(text: string): string {
  const body: unknown = JSON.parse(text);
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : "The request is not of the protocol.";
}

/** The same response; where it is a stream `ended` is called once that was read or its reader has left. Any other is whole already: nothing runs on for one that is not read. */
function toWatched(response: Response, ended: () => void): Response {
  if (response.body === null || response.headers.get("content-type") !== "text/event-stream") {
    ended();
    return response;
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  response.body.pipeTo(writable).then(ended, ended);
  return new Response(readable, { status: response.status, headers: response.headers });
}
