import type { Log, ModelInfo, Provider } from "@omni/core";

/** The context of a model nobody knows the size of, in tokens. */
const unknownContext = 32_000;

/** How long a provider may take to say its models, in milliseconds. */
const askMs = 5_000;

/** The context size of a model: as configured, else as the provider knows it, asked once a model. */
export function createContextSizes(configured: number | "auto", provider: Provider, log: Log): (model: string | undefined) => Promise<number> {
  const known = new Map<string, Promise<number>>();
  const ask = async (model: string | undefined): Promise<number> => {
    try {
      const signal = AbortSignal.timeout(askMs);
      const info: ModelInfo | undefined = model === undefined ? await provider.defaultModel(signal) : (await provider.models(signal)).find((each) => each.id === model);
      return info?.contextTokens ?? unknownContext;
    } catch (error) {
      log.debug("the model's context size is not known", { message: error instanceof Error ? error.message : String(error) });
      return unknownContext;
    }
  };
  return (model) => {
    if (configured !== "auto") return Promise.resolve(configured);
    const key = model ?? "";
    const answer = known.get(key) ?? ask(model);
    known.set(key, answer);
    return answer;
  };
}
