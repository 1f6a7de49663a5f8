import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { EgressOptions, JsonObject, Tool, ToolContext, ToolResult } from "@omni/core";
import { createToolContext } from "@omni/testkit";
import type { FakeHost } from "@omni/testkit/fakes";
import { createFakeHost } from "@omni/testkit/fakes";
import type { SearchEngine } from "../src/index.ts";
import { createWebTool, webToolOptions } from "../src/index.ts";

/** A small web on this machine, and the tools that reach it. */
export interface WebPlace {
  readonly base: string;
  readonly host: FakeHost;
  /** What went out, in order. */
  readonly sent: { readonly url: string; readonly options: EgressOptions | undefined; readonly headers: Headers }[];
  tool(name: string): Tool;
  call(name: string, input: JsonObject, overrides?: Partial<ToolContext>): Promise<ToolResult>;
  close(): Promise<void>;
}

/** What a path answers. */
export type Route = (response: ServerResponse, request: IncomingMessage) => void;

/** Starts a server of `routes` by path; `options` may name it as `BASE`. */
export async function openWeb(routes: Readonly<Record<string, Route>>, options: JsonObject = {}, engines?: readonly SearchEngine[]): Promise<WebPlace> {
  const answer: RequestListener = (request, response) => {
    const route = routes[new URL(request.url ?? "/", "http://x").pathname];
    if (route === undefined) response.writeHead(404, { "content-type": "text/html" }).end("<title>Lost</title><p>There is no such page.</p>");
    else route(response, request);
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const base = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const sent: WebPlace["sent"] = [];
  const host = createFakeHost({
    egress: {
      fetch(url, init, limits) {
        sent.push({ url: String(url), options: limits, headers: new Headers(init?.headers) });
        return fetch(url, init);
      },
      configured: () => fetch,
    },
  });
  const given: unknown = JSON.parse(JSON.stringify(options).replaceAll("BASE", base));
  const toolset = createWebTool(webToolOptions.parse(given), host, engines);
  const tool = (name: string): Tool => {
    const found = toolset.tools().find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  return {
    base,
    host,
    sent,
    tool,
    call: (name, input, overrides = {}) => tool(name).execute(input, createToolContext(overrides)),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A route that answers `body` as `type`. */
export function page(type: string, body: string | Uint8Array, status = 200): Route {
  return (response) => void response.writeHead(status, type === "" ? {} : { "content-type": type }).end(body);
}

/** The words of a result. */
export function textOf(result: ToolResult): string {
  return result.content.map((block) => (block.type === "text" ? block.text : `(${block.type})`)).join("\n");
}
