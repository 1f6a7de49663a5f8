import type { SearchEngine, SearchResult } from "./search-engine.ts";
import { toPlainWords } from "./plain-words.ts";
import { toBody, toDistinct, toEngineError, toRecord } from "./search-engine.ts";

const home = "https://api.search.brave.com";

/** Brave Search by its interface for programs, which needs a key. `baseUrl` is for a stand-in. */
export function createBraveEngine(apiKey: string, baseUrl?: string): SearchEngine {
  const name = "brave";
  const base = (baseUrl ?? home).replace(/\/+$/, "");
  return {
    name,
    host: new URL(base).host,
    isConfigured: baseUrl !== undefined,
    async search(query, limit, { fetch, signal }) {
      // The interface takes at most 400 characters.
      const url = `${base}/res/v1/web/search?q=${encodeURIComponent(query.slice(0, 400).toWellFormed())}&count=${limit}`;
      const response = await fetch(url, { headers: { accept: "application/json", "x-subscription-token": apiKey }, signal });
      if (response.status === 401 || response.status === 403 || response.status === 422) throw toEngineError(name, `refuses the key or the question (${response.status})`, false);
      return toDistinct(parseBrave(await toBody(name, response)), limit);
    },
  };
}

/** Reads an answer; without a part for pages there is nothing found. Throws where it is not an answer. */
export function parseBrave(body: string): readonly SearchResult[] {
  const { web } = toRecord("brave", body);
  if (typeof web !== "object" || web === null || !("results" in web) || !Array.isArray(web.results)) return [];
  return web.results.map((each: unknown) => {
    const { title, url, description }: Readonly<Record<string, unknown>> = typeof each === "object" && each !== null ? { ...each } : {};
    const toText = (value: unknown): string => (typeof value === "string" ? value : "");
    return { title: toPlainWords(toText(title), 300), url: toText(url), snippet: toPlainWords(toText(description)) };
  });
}
