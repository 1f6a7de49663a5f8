import type { Conversation } from "./conversations.ts";
import type { EmbedderChoice } from "./bench-memory.ts";
import type { Metrics } from "./metrics.ts";
import { openBenchMemory, waitForVectors } from "./bench-memory.ts";
import { toMetrics } from "./metrics.ts";
import { toPassages } from "./to-passages.ts";

/** One question, what was recalled for it, and how well. */
export interface Answer {
  readonly id: string;
  readonly type: string;
  /** Turn ids, best first, 50 at most. */
  readonly ranked: readonly string[];
  readonly metrics: Metrics;
  /** Milliseconds that the recall took. */
  readonly took: number;
}

/** Stores every conversation in one memory, each in a scope of its own, and asks every question: as a search; where there is an opening, as a message that begins with it and is recalled for as for a prompt. */
export async function measureRetrieval(conversations: readonly Conversation[], choice: EmbedderChoice, opening?: string): Promise<readonly Answer[]> {
  const { memory, dispose } = await openBenchMemory(choice);
  try {
    for (const conversation of conversations) await Promise.all(toPassages(conversation).map((passage) => memory.store(passage)));
    await waitForVectors(memory);
    const answers: Answer[] = [];
    for (const { id: owner, questions } of conversations) {
      for (const { id, type, text, gold } of questions) {
        const start = performance.now();
        const recalled = await memory.recall(`${opening ?? ""}${text}`, { scopes: [{ scope: "session", owner }], limit: 50, ...(opening === undefined ? { floor: 0 } : {}) });
        const took = performance.now() - start;
        const ranked = recalled.flatMap(({ episode }) => episode.source.turnId ?? []);
        answers.push({ id, type, ranked, metrics: toMetrics(ranked, gold), took });
      }
    }
    return answers;
  } finally {
    await dispose();
  }
}
