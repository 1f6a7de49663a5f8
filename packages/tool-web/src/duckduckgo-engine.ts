import type { SearchEngine, SearchResult } from "./search-engine.ts";
import { toAttributes, toHtmlTokens } from "./html-tokens.ts";
import { toLine } from "./plain-words.ts";
import { toBody, toDistinct, toEngineError } from "./search-engine.ts";

const home = "https://html.duckduckgo.com";

/** DuckDuckGo by its page without scripts, which needs no key. `baseUrl` is for a stand-in. */
export function createDuckduckgoEngine(baseUrl?: string): SearchEngine {
  const name = "duckduckgo";
  const base = (baseUrl ?? home).replace(/\/+$/, "");
  return {
    name,
    host: new URL(base).host,
    isConfigured: baseUrl !== undefined,
    async search(query, limit, { fetch, signal }) {
      const response = await fetch(`${base}/html/?q=${encodeURIComponent(query)}`, { headers: { accept: "text/html" }, signal });
      const page = await toBody(name, response);
      const results = parseDuckduckgo(page);
      if (results.length > 0) return toDistinct(results, limit);
      // It answers 202 with a riddle instead of 429 to those who ask too often.
      if (response.status === 202 || /anomaly|challenge-form/i.test(page)) throw toEngineError(name, "asks to slow down (it wants proof that a person searches)", true);
      if (/no-results|No results/.test(page)) return [];
      throw toEngineError(name, "answered a page without results that is not understood", false);
    },
  };
}

/** Reads the results of a page; empty where it has none. Never throws. */
export function parseDuckduckgo(page: string): readonly SearchResult[] {
  const results: { title: string; readonly url: string; snippet: string }[] = [];
  let part: "title" | "snippet" | undefined;
  let element = "";
  let isAdvertisement = false;
  for (const token of toHtmlTokens(page)) {
    if (token.kind === "text") {
      const result = results.at(-1);
      if (part !== undefined && result !== undefined && !isAdvertisement) result[part] += token.text;
      continue;
    }
    if (token.kind === "close") {
      if (token.name === element) part = undefined;
      continue;
    }
    if (!token.source.includes("result")) continue;
    const attributes = toAttributes(token);
    const classes = new Set((attributes.get("class") ?? "").split(/\s+/));
    if (classes.has("result")) isAdvertisement = classes.has("result--ad");
    if (!classes.has("result__a") && !classes.has("result__snippet")) continue;
    element = token.name;
    part = classes.has("result__a") ? "title" : "snippet";
    if (part === "title" && !isAdvertisement) results.push({ title: "", url: toRealUrl(attributes.get("href") ?? ""), snippet: "" });
  }
  return results.map(({ title, url, snippet }) => ({ title: toLine(title, 300), url, snippet: toLine(snippet) })).filter(({ url }) => url !== "");
}

/** Where a link of the engine leads in the end; empty for an advertisement. */
function toRealUrl(href: string): string {
  const url = URL.parse(href, home);
  if (url === null) return "";
  const isOwn = /(?:^|\.)duckduckgo\.com$/.test(url.hostname);
  if (!isOwn) return url.href;
  if (url.pathname !== "/l/") return "";
  return URL.parse(url.searchParams.get("uddg") ?? "")?.href ?? "";
}
