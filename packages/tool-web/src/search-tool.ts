import type { Tool, ToolContext, ToolResult } from "@omni/core";
import type { SearchEngine, SearchResult } from "./search-engine.ts";
import type { WebToolParts } from "./create-web-tool.ts";
import { mostResults } from "./web-tool-options.ts";
import { toText, toWhole } from "./tool-input.ts";
import { toFailedResult, toTextResult } from "./tool-output.ts";

/** Most bytes of an engine's answer. */
const answerBytes = 2_097_152;

/** Longest query that is sent. */
const longestQuery = 1_000;

/** `web.search`: asks the engines in their order until one answers with results. */
export function createSearchTool({ host, options, engines }: WebToolParts): Tool {
  // An address the owner wrote is no address of the open world: it may be a private one, which the policy refuses to every call.
  const hosts = engines.filter((engine) => engine.isConfigured !== true).map((engine) => engine.host);
  return {
    name: "web.search",
    description: "Searches the web. Gives titles, addresses and short excerpts of pages; read a page with web.fetch.",
    inputSchema: {
      type: "object",
      properties: {
        query: { type: "string", minLength: 1, maxLength: longestQuery, description: "What to look for, as one would type it into a search box." },
        limit: { type: "integer", minimum: 1, description: `Most results. Default ${options.results}, at most ${mostResults}.` },
      },
      required: ["query"],
      additionalProperties: false,
    },
    annotations: { title: "Search the web", readOnlyHint: true, openWorldHint: true },
    effect: "read",
    action: () => ({ kind: "read-open", hosts: [...hosts] }),
    async execute(input, context) {
      const query = toText(input, "query").replaceAll(/\s+/g, " ").trim().slice(0, longestQuery).toWellFormed();
      if (query === "") return toFailedResult("The query is empty; give some words to look for.");
      const limit = toWhole(input, "limit", options.results, mostResults);
      const problems: string[] = [];
      let answered: string | undefined;
      for (const engine of engines) {
        context.signal.throwIfAborted();
        try {
          const results = await engine.search(query, limit, { fetch: toFetch(engine, context), signal: context.signal });
          if (results.length > 0) return toFound(query, engine.name, results.slice(0, limit));
          answered ??= engine.name;
        } catch (error) {
          if (context.signal.aborted) throw context.signal.reason;
          problems.push(error instanceof Error ? error.message : String(error));
        }
      }
      if (answered !== undefined) return toTextResult(`Nothing was found for ${JSON.stringify(query)} (${answered}). Try fewer or other words.`, { engine: answered, results: [] });
      return toFailedResult(`The search failed: ${problems.join("; ")}. Try again later, or fetch a page you know with web.fetch.`);
    },
  };

  function toFetch(engine: SearchEngine, context: ToolContext): (url: string, init?: RequestInit) => Promise<Response> {
    const limits = { maxBytes: answerBytes, timeoutMs: options.searchTimeoutMs, configured: engine.isConfigured === true };
    return (url, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set("user-agent", options.userAgent);
      return host.egress.fetch(url, { signal: context.signal, ...init, headers }, limits);
    };
  }
}

function toFound(query: string, engine: string, results: readonly SearchResult[]): ToolResult {
  const entries = results.map(({ title, url, snippet }, index) => `${index + 1}. ${title}\n   ${url}${snippet === "" ? "" : `\n   ${snippet}`}`);
  const text = `Results of ${engine} for ${JSON.stringify(query)}:\n\n${entries.join("\n\n")}`;
  return toTextResult(text, { engine, results: results.map(({ title, url, snippet }) => ({ title, url, snippet })) });
}
