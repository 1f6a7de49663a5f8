import type { SearchEngine, SearchResult } from "./search-engine.ts";
import { toPlainWords } from "./plain-words.ts";
import { toBody, toDistinct, toEngineError, toRecord } from "./search-engine.ts";

/** A SearXNG server of the owner's choice, by its JSON. The server must allow that format. */
export function createSearxngEngine(baseUrl: string): SearchEngine {
  const name = "searxng";
  const base = baseUrl.replace(/\/+$/, "");
  return {
    name,
    host: new URL(base).host,
    isConfigured: true,
    async search(query, limit, { fetch, signal }) {
      const response = await fetch(`${base}/search?q=${encodeURIComponent(query)}&format=json`, { headers: { accept: "application/json" }, signal });
      if (response.status === 403) throw toEngineError(name, "refuses JSON (403); add json to search.formats in the settings of the server", false);
      return toDistinct(parseSearxng(await toBody(name, response)), limit);
    },
  };
}

/** Reads an answer. Throws where it is not one. */
export function parseSearxng(body: string): readonly SearchResult[] {
  const { results } = toRecord("searxng", body);
  if (!Array.isArray(results)) throw toEngineError("searxng", "answered JSON without results", false);
  return results.map((each: unknown) => {
    const { title, url, content }: Readonly<Record<string, unknown>> = typeof each === "object" && each !== null ? { ...each } : {};
    const toText = (value: unknown): string => (typeof value === "string" ? value : "");
    return { title: toPlainWords(toText(title), 300), url: toText(url), snippet: toPlainWords(toText(content)) };
  });
}
