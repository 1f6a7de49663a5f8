import type { EngineOptions } from "./engine-options.ts";
import type { SearchEngine } from "./search-engine.ts";
import { createBraveEngine } from "./brave-engine.ts";
import { createDuckduckgoEngine } from "./duckduckgo-engine.ts";
import { createSearxngEngine } from "./searxng-engine.ts";

/** Makes the engine that options describe. */
export function createEngine({ use, baseUrl, apiKey }: EngineOptions): SearchEngine {
  if (use === "searxng") return createSearxngEngine(baseUrl ?? "");
  if (use === "brave") return createBraveEngine(apiKey ?? "", baseUrl);
  return createDuckduckgoEngine(baseUrl);
}
