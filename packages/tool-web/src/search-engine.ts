import { OmniError } from "@omni/core";

/** One thing found. */
export interface SearchResult {
  readonly title: string;
  /** Where it is: the page itself, not a link of the engine that leads there. */
  readonly url: string;
  /** What the engine shows of it; may be empty. */
  readonly snippet: string;
}

/** What an engine may use for one search. */
export interface SearchContext {
  /** Bounded in bytes and time, through the host's way out. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly signal: AbortSignal;
}

/**
 * A place to search.
 *
 * Obligations: `search` gives at most `limit` results, best first, an empty
 * list only where the engine says that there are none, and throws with a
 * sentence for the reader when it is refused, slowed down or not understood.
 */
export interface SearchEngine {
  readonly name: string;
  /** Host it asks, with its port if that is not the usual one. */
  readonly host: string;
  /** True where the owner wrote the address: it may then be a private one. */
  readonly isConfigured?: boolean;
  search(query: string, limit: number, context: SearchContext): Promise<readonly SearchResult[]>;
}

/** The body of an answer that is a success; throws for others, in words. */
export async function toBody(engine: string, response: Response): Promise<string> {
  if (response.status === 429) throw toEngineError(engine, "asks to slow down (429)", true);
  if (!response.ok) throw toEngineError(engine, `answered with status ${response.status}`, response.status >= 500);
  return response.text();
}

/** The object that a body of JSON holds. */
export function toRecord(engine: string, body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // What it is instead is said below.
  }
  throw toEngineError(engine, "answered something that is no JSON", false);
}

/** The failure of one engine. */
export function toEngineError(engine: string, what: string, retryable: boolean): OmniError {
  return new OmniError("tool.failed", `${engine} ${what}`, { retryable });
}

/** Results without those that are no pages, and each page once. */
export function toDistinct(results: readonly SearchResult[], limit: number): readonly SearchResult[] {
  const seen = new Set<string>();
  return results
    .filter(({ url, title }) => {
      const isNew = title !== "" && /^https?:$/.test(URL.parse(url)?.protocol ?? "") && !seen.has(url);
      if (isNew) seen.add(url);
      return isNew;
    })
    .slice(0, limit);
}
