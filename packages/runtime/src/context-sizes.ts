import type { Clock, Log, ModelInfo, Provider } from "@omni/core";
import { OmniError } from "@omni/core";
import { limited } from "./limited.ts";
import { untilAborted } from "./host/until-aborted.ts";

/** The context of a model nobody knows the size of, in tokens. */
const unknownContext = 32_000;

/** How long a provider may take to say its models, in milliseconds. */
const askMs = 5_000;

/** Whom sizes are asked of. */
export interface ContextSizeParts {
  readonly provider: Provider;
  readonly clock: Clock;
  readonly log: Log;
}

/** Most models whose size is remembered, and how long one that could not be told is taken for unknown, in milliseconds. */
const mostKnown = 256;
const unknownMs = 60_000;

/** The context size of a model: as configured, else as the provider knows it. It is asked once a model, and after a while again where it could not say, or not in time. */
export function createContextSizes(configured: number | "auto", { provider, clock, log }: ContextSizeParts): (model: string | undefined) => Promise<number> {
  const known = new Map<string, Answer>();
  const tell = async (model: string | undefined, signal: AbortSignal): Promise<ModelInfo | undefined> => (model === undefined ? provider.defaultModel(signal) : (await provider.models(signal)).find((each) => each.id === model));
  const late = (): OmniError => new OmniError("provider.stalled", `The provider did not say its models within ${askMs} ms.`, { retryable: true });
  const ask = async (model: string | undefined): Promise<number | undefined> => {
    try {
      // A provider that does not heed the signal would else hold up every turn of the model.
      const info = await limited((signal) => untilAborted(tell(model, signal), signal), { clock, milliseconds: askMs, late });
      // One that does not say will not say later either.
      return info === undefined ? undefined : (info.contextTokens ?? unknownContext);
    } catch (error) {
      log.debug("the model's context size is not known", { message: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  };
  const begin = (model: string | undefined): Answer => {
    const answer: Answer = { size: ask(model), until: Infinity };
    void answer.size.then((size) => {
      if (size === undefined) answer.until = clock.monotonic() + unknownMs;
    });
    return answer;
  };
  return async (model) => {
    if (configured !== "auto") return configured;
    const key = model ?? "";
    const before = known.get(key);
    const isStale = before !== undefined && clock.monotonic() >= before.until;
    const answer = before === undefined || isStale ? begin(model) : before;
    known.delete(key);
    known.set(key, answer);
    const oldest = known.size > mostKnown ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    // Nobody waits a second time for who could not say the first time.
    return isStale ? unknownContext : ((await answer.size) ?? unknownContext);
  };
}

/** What a provider said, and until when that is good enough, by `Clock.monotonic`. */
interface Answer {
  readonly size: Promise<number | undefined>;
  until: number;
}
