import type { Host } from "@omni/core";

/** Most milliseconds for all addresses together. */
const lookMs = 1_000;

/** Most bytes of a list of models; OpenRouter's has half a megabyte. */
const mostBytes = 4_194_304;

/**
 * The first of the addresses that has an OpenAI-compatible list of models at
 * `/v1/models`, as a base URL; undefined when none has it within a second.
 * All are asked at the same time, with nothing that says who asks: no key, no
 * header of a server. A redirect to another origin is no answer. Rejects only
 * with the reason of the signal.
 */
export async function findEndpoint(addresses: readonly string[], host: Pick<Host, "clock" | "egress">, signal: AbortSignal): Promise<string | undefined> {
  signal.throwIfAborted();
  const ending = new AbortController();
  const ended = Promise.withResolvers<undefined>();
  const end = (): void => {
    ending.abort(new Error("the look has ended"));
    ended.resolve(undefined);
  };
  const callOff = host.clock.after(lookMs, end);
  signal.addEventListener("abort", end, { once: true });
  try {
    const answers = addresses.map((address) => {
      const baseUrl = `${new URL(address).origin}/v1`;
      const asked = hasModels(baseUrl, host, ending.signal).catch(() => false);
      return Promise.race([asked.then((isThere) => (isThere ? baseUrl : undefined)), ended.promise]);
    });
    for (const answer of answers) {
      const baseUrl = await answer;
      if (baseUrl !== undefined) return baseUrl;
    }
    signal.throwIfAborted();
    return undefined;
  } finally {
    callOff();
    signal.removeEventListener("abort", end);
    ending.abort(new Error("the look has ended"));
  }
}

async function hasModels(baseUrl: string, { egress }: Pick<Host, "egress">, signal: AbortSignal): Promise<boolean> {
  const response = await egress.fetch(`${baseUrl}/models`, { signal, headers: { accept: "application/json" }, credentials: "omit" }, { configured: true, maxBytes: mostBytes });
  if (response.status !== 200) {
    await response.body?.cancel();
    return false;
  }
  const value: unknown = JSON.parse(await response.text());
  const models: unknown = typeof value === "object" && value !== null && "data" in value ? value.data : undefined;
  return Array.isArray(models) && models.some((model: unknown) => typeof model === "object" && model !== null && "id" in model && typeof model.id === "string" && model.id !== "");
}
