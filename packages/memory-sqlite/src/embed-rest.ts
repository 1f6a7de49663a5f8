import type { Embedder, Host } from "@omni/core";
import type { EngineHome } from "./engine-home.ts";
import type { PendingText } from "./vectors.ts";
import { createPutOff } from "./put-off.ts";
import { embedTexts, toDirectionless } from "./embed-texts.ts";

/** Texts that go to the embedder at a time: enough for an endpoint, and few enough for a local one not to hold the thread. */
const textsAtOnce = 16;
/** As many times in a row nothing of what was asked for can be embedded, and the rest waits: an endpoint that has had enough may still do a short text. */
const mostVain = 3;
/** What another process stored is told by nobody. While nothing is left it is looked for by counting, which takes some milliseconds, so only this often, in milliseconds. */
const countEvery = 60_000;

/** What has no vector yet of the embedder. */
export interface EmbedRest {
  /** Goes through it, the oldest first, each time on from where it came to. A text that fails while others do not is put off. Rejects when the embedder fails altogether. */
  run(): Promise<void>;
  /** The next run begins with what was put off. */
  again(): void;
  /** How many are put off, and why the last is; undefined where none is. */
  fault(): { readonly texts: number; readonly message: string } | undefined;
  /** Says how much was stored just now. */
  stored(count: number): void;
  /** How much there is as far as is known, without what was put off. */
  left(): number;
}

/** Makes it; nothing happens before it is run. Runs follow each other. */
export function createEmbedRest(embedder: Embedder, home: EngineHome, { clock, log }: Pick<Host, "clock" | "log">, signal: AbortSignal): EmbedRest {
  const { identity } = embedder;
  const putOff = createPutOff();
  let after = 0;
  let left: number | undefined;
  let countedAt = 0;
  let vain = 0;
  let isAgain = false;
  const goBack = (): void => {
    const taken = putOff.take();
    isAgain = false;
    vain = 0;
    for (const episode of taken) after = Math.min(after, episode - 1);
    if (left !== undefined) left += taken.length;
  };
  const embedPart = async (part: readonly PendingText[]): Promise<void> => {
    const { vectors, failures } = await embedTexts(embedder, part, signal);
    const lost = putOff.sort(failures);
    const given = [...vectors, ...lost.map((episode) => [episode, toDirectionless(embedder)] as const)];
    if (given.length > 0) await home.call("putVectors", identity, given.map(([episode, vector]) => ({ episode, vector })));
    if (lost.length > 0) log.warn("texts are left to be found by words alone: the embedder does others, and not these", { model: identity.model, texts: lost.length, message: toMessage(failures.get(lost[0] ?? 0)) });
    after = part.at(-1)?.episode ?? after;
    left = Math.max(0, (left ?? 0) - part.length);
    vain = given.length > 0 ? 0 : vain + 1;
    if (vain >= mostVain) throw putOff.error;
  };
  const countAnew = async (): Promise<void> => {
    const { pending } = await home.call("counts", identity);
    left = Math.max(0, pending - putOff.size);
    countedAt = clock.monotonic();
  };
  const run = async (): Promise<void> => {
    if (!home.exists()) return;
    if (isAgain) goBack();
    if (left === undefined || (left === 0 && clock.monotonic() - countedAt >= countEvery)) await countAnew();
    // Mostly there is nothing to do, and what is left by counting is not looked for.
    if (left === 0) return;
    for (;;) {
      const pending = await home.call("pending", identity, after);
      if (pending.length === 0) {
        left = 0;
        return;
      }
      for (let start = 0; start < pending.length; start += textsAtOnce) {
        signal.throwIfAborted();
        await embedPart(pending.slice(start, start + textsAtOnce));
        // Other work of this thread comes first.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };
  const stored = (count: number): void => {
    if (left !== undefined) left += count;
  };
  return { run, again: () => void (isAgain = true), fault: () => (putOff.size === 0 ? undefined : { texts: putOff.size, message: toMessage(putOff.error) }), stored, left: () => left ?? 0 };
}

/** What an error says, for the log. */
export function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
