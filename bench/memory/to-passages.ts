import type { NewEpisode } from "@omni/core";
import type { Conversation, Turn } from "./conversations.ts";
import { toTime } from "./conversations.ts";

/** Two things said further apart than this, in milliseconds, do not stand beside each other. */
const besideGap = 3_600_000;
/** How many texts before and after a passage stand beside it. */
const besideTurns = 2;

/** The passages of a conversation as a session stores them: one a turn, with the two before and after it that were said in the same go. */
export function toPassages({ id, turns }: Conversation): readonly NewEpisode[] {
  const times = toTimes(turns);
  const beside = (index: number, steps: readonly number[]): string =>
    steps
      .map((step) => index + step)
      .filter((other) => turns[other]?.session === turns[index]?.session && !(Math.abs((times[other] ?? NaN) - (times[index] ?? NaN)) > besideGap))
      .map((other) => (turns[other]?.text ?? "").replaceAll(/\s*\n\s*/g, " "))
      .join("\n");
  const steps = Array.from({ length: besideTurns }, (_, index) => index + 1);
  return turns.map((turn, index) => ({
    kind: "passage",
    text: turn.text,
    speaker: turn.speaker,
    at: times[index] ?? NaN,
    previous: beside(index, steps.map((step) => -step).reverse()),
    next: beside(index, steps),
    source: { sessionId: `${id}:${turn.session}`, turnId: turn.id, trusted: true },
    scope: { scope: "session", owner: id },
  }));
}

/** A turn without a time was said when the last one with a time was. */
function toTimes(turns: readonly Turn[]): readonly number[] {
  let last = NaN;
  return turns.map(({ at }) => {
    const time = toTime(at);
    if (Number.isFinite(time)) last = time;
    return last;
  });
}
