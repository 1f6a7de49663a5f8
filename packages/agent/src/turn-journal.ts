import type { AskEvent, AnswerEvent, DurableEvent, ModelReplyEvent, StepEvent, ToolCallEvent, ToolResultEvent } from "@omni/core";
import type { Emit } from "./model-reply.ts";
import { findLast } from "./transcript.ts";

/** What an ask is known by. */
export type SoughtAsk = Pick<AskEvent, "callId" | "kind" | "digest" | "question">;

/** What has happened in a turn so far, from this attempt and those before it. */
export interface TurnJournal {
  readonly events: readonly DurableEvent[];
  /** Records an event; resolves when it is on disk. */
  record(event: DurableEvent): Promise<void>;
  last<Type extends DurableEvent["type"]>(type: Type): Extract<DurableEvent, { type: Type }> | undefined;
  replies(): readonly ModelReplyEvent[];
  results(round: number): readonly ToolResultEvent[];
  started(round: number, index: number): ToolCallEvent | undefined;
  step(callId: string, name: string): StepEvent | undefined;
  /** The newest ask of a call that asks just this, with its answer when there is one. What an approval binds is in its digest. */
  ask(sought: SoughtAsk): { readonly ask: AskEvent; readonly answer?: AnswerEvent } | undefined;
  /** The asks of a call of this kind that were not answered. */
  openAsks(callId: string, kind: AskEvent["kind"]): readonly AskEvent[];
}

/** A journal that begins with what was recorded before. */
export function createTurnJournal(recorded: readonly DurableEvent[], emit: Emit): TurnJournal {
  const events: DurableEvent[] = [...recorded];
  const ofType = <Type extends DurableEvent["type"]>(type: Type): Extract<DurableEvent, { type: Type }>[] =>
    events.filter((event): event is Extract<DurableEvent, { type: Type }> => event.type === type);
  return {
    events,
    async record(event) {
      await emit(event);
      events.push(event);
    },
    last: (type) => findLast(events, type),
    replies: () => ofType("model-reply"),
    results: (round) => events.filter((event): event is ToolResultEvent => event.type === "tool-result" && event.round === round),
    started: (round, index) => ofType("tool-call").find((event) => event.round === round && event.index === index),
    step: (callId, name) => ofType("step").find((event) => event.callId === callId && event.name === name),
    ask({ callId, kind, digest, question }) {
      const ask = ofType("ask").findLast((event) => event.callId === callId && event.kind === kind && event.digest === digest && event.question === question);
      if (ask === undefined) return undefined;
      const answer = ofType("answer").find((event) => event.askId === ask.askId);
      return { ask, ...(answer === undefined ? {} : { answer }) };
    },
    openAsks(callId, kind) {
      const answered = new Set(ofType("answer").map((event) => event.askId));
      return ofType("ask").filter((event) => event.callId === callId && event.kind === kind && !answered.has(event.askId));
    },
  };
}
