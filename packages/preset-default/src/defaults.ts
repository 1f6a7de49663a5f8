import type { JsonObject } from "@omni/core";

/**
 * What fills the slots where neither flags nor environment nor `omni.json`
 * say so. The provider is `openai` when `OPENAI_API_KEY` or `OPENAI_BASE_URL`
 * is set and not empty (a base URL alone needs no key), else `offline`, in
 * whose place `readServers` may offer `inferred`.
 */
export function defaults(env: Readonly<Record<string, string | undefined>>): JsonObject {
  return {
    provider: toProvider(env),
    memory: { use: "sqlite" },
    // On none of the sets of docs/benchmarks.md do the embedders that cost nothing find more than words alone without losing some kind of question.
    embedder: false,
    window: { use: "ring" },
    policy: { use: "workspace" },
    store: { use: "sqlite" },
    tools: { files: {}, shell: {}, web: {}, memory: {} },
  };
}

/** Both keys are always stated, also as undefined: they are one unit, so a file that names its own base URL does not get the environment's key. */
function toProvider(env: Readonly<Record<string, string | undefined>>): JsonObject {
  const apiKey = env["OPENAI_API_KEY"] || undefined;
  const baseUrl = env["OPENAI_BASE_URL"] || undefined;
  return apiKey === undefined && baseUrl === undefined ? { use: "offline" } : { use: "openai", with: { apiKey, baseUrl } };
}
