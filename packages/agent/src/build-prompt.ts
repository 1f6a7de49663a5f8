import type { PromptBlock, PromptEvent, TurnSlot } from "@omni/core";
import { OmniError } from "@omni/core";
import type { EarlierTurn } from "./earlier-turn.ts";
import type { Summary } from "./parts.ts";
import type { TurnRun } from "./turn-run.ts";
import { fitText } from "./offload.ts";
import { recall } from "./recall.ts";
import { runMessageHooks } from "./hooks.ts";
import { toSafeText } from "./result-text.ts";

/** Most earlier turns that are looked at for one prompt; their content is loaded only as far as it fits. */
const mostSlots = 2_048;

/** What stands before the message of a new turn: the first earlier turn that is shown, null for none, and what is told of those before it. */
export interface Past {
  readonly historyFrom: string | null;
  readonly summary: Summary | undefined;
  /** True where one of the earlier turns that are shown read what strangers wrote. */
  readonly isForeign: boolean;
}

/** The prompt of a new turn: what is stable, what was recalled, the time, and the person's words. Throws `turn.vetoed` when a hook refuses. */
export async function buildPrompt(run: TurnRun, { historyFrom, summary, isForeign }: Past): Promise<PromptEvent> {
  const { input, parts } = run;
  const hooked = await runMessageHooks(toSafeText(input.text), { sessionId: input.sessionId, turnId: input.turnId, signal: run.signal }, parts);
  if ("veto" in hooked) throw new OmniError("turn.vetoed", `The message was refused by a hook: ${hooked.veto}`);
  const fitted = await fitText(hooked.text, Math.floor(run.budget / 2), parts);
  const recalled = await recall(hooked.text, run);
  const clock: PromptBlock = { name: "clock", source: "runtime", role: "user", text: `<time>${toMinute(input.at)}</time>` };
  return {
    type: "prompt",
    blocks: [...parts.identity, ...recalled.blocks, clock],
    recalled: recalled.ids,
    historyFrom,
    ...(summary === undefined ? {} : { summary: summary.checkpointId }),
    ...fitted,
    ...(isForeign || summary?.isForeign === true || recalled.isForeign ? { isForeign: true } : {}),
  };
}

/** `2026-01-31 09:05 UTC`: no finer than a minute, so that the model is not tempted to reason about seconds. */
function toMinute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** The earlier turns that the model may be shown. */
export interface LoadedHistory {
  readonly turns: readonly EarlierTurn[];
  /** True where the turn they began with was released since: then a summary that is older tells nothing of it. */
  readonly isReleased: boolean;
}

/**
 * Loads the earlier turns the model may be shown. It goes on from where the
 * last turn's history began, or this one's when it is taken up again, so that
 * the prefix of the request stays the same; where that was released, from what
 * the window holds first. Turns that could not fit anyway are not loaded.
 */
export async function loadHistory(run: TurnRun, from: string | null | undefined): Promise<LoadedHistory> {
  const slots = run.parts.window.recent(mostSlots);
  const start = from === undefined ? await toStart(slots, run) : from;
  const index = slots.findIndex((slot) => slot.turnId === start);
  const chosen = start === null ? [] : newestWithin(slots.slice(Math.max(0, index)), run.budget);
  const turns = await run.parts.history(chosen);
  return { turns: turns.filter((turn) => turn.messages.length > 0), isReleased: start !== null && index === -1 };
}

/** Where the last turn's history began, or the last turn itself when it showed none. */
async function toStart(slots: readonly TurnSlot[], run: TurnRun): Promise<string | null> {
  // A turn that never came to a prompt (cancelled while it waited, taken in by another) shows nothing and says nothing.
  const last = slots.findLast((slot) => slot.tokens > 0);
  if (last === undefined) return null;
  const [turn] = await run.parts.history([last]);
  const from = turn?.historyFrom ?? null;
  const isHeld = from !== null && slots.some((slot) => slot.turnId === from);
  if (isHeld) return from;
  return from === null ? last.turnId : (slots[0]?.turnId ?? null);
}

function newestWithin(slots: readonly TurnSlot[], budget: number): readonly TurnSlot[] {
  let tokens = 0;
  let first = slots.length;
  while (first > 0) {
    tokens += slots[first - 1]?.tokens ?? 0;
    if (tokens > budget) break;
    first -= 1;
  }
  return slots.slice(first);
}
