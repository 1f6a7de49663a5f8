import type { AskEvent, DurableEvent, OutboxRow, Principal, TurnEndEvent, TurnInput } from "@omni/core";
import { repeatLabel } from "./outbox-sender.ts";
import { splitText } from "./split-text.ts";
import { toToldMessage } from "../told-message.ts";

/** What of a turn is brought to the conversation it came from. */
export interface TurnOutbox {
  /** Rows that are recorded in one transaction with the event; none for a turn that somebody waits for. */
  rowsOf(input: TurnInput, event: DurableEvent): readonly OutboxRow[];
  /** Says that rows of this entrance are on disk. */
  wake(origin: string): void;
}

/** Units of a part where the channel is not here to ask: the least that a large platform takes. */
const defaultLength = 2_000;

/** Most characters of a call's arguments that are told before somebody approves. */
const mostArguments = 1_500;

/** Words for a turn that ended well without any. */
const silentEnd = "Done; there is nothing to say.";

/** Turns what a person must be told into rows: the end of a turn, split as its channel takes it, and every question. */
export function createTurnOutbox(lengthOf: (origin: string) => number | undefined, wake: (origin: string) => void): TurnOutbox {
  return {
    wake,
    rowsOf(input, event) {
      const { conversation, turnId, origin, principal } = input;
      const told = toTold(event, principal);
      if (conversation === undefined || told === undefined) return [];
      const { kind, key, text } = told;
      return splitText(text, toRoom(lengthOf(origin) ?? defaultLength)).map((body, part) => ({ id: `${turnId}:${key}:${part}`, turnId, part, channel: origin, conversation, kind, body, state: "pending", receipt: null, attempts: 0 }));
    },
  };
}

/** A part leaves room for the words in front of a repeat. */
function toRoom(length: number): number {
  return Math.max(1, length - repeatLabel.length);
}

interface Told {
  readonly kind: OutboxRow["kind"];
  /** Tells the rows of one event from those of another of the turn. */
  readonly key: string;
  readonly text: string;
}

function toTold(event: DurableEvent, principal: Principal): Told | undefined {
  if (event.type === "ask") return { kind: "notice", key: event.askId, text: toQuestion(event) };
  // Whoever cancels a turn is told so where it was cancelled.
  if (event.type !== "turn-end" || event.status === "cancelled") return undefined;
  return { kind: event.status === "failed" ? "notice" : "final", key: "end", text: toEnd(event, principal) };
}

/** The end as it is told to whoever began the turn. */
function toEnd({ status, output, error }: TurnEndEvent, principal: Principal): string {
  if (status !== "failed") return output.trim() === "" ? silentEnd : output;
  return [output.trim(), error === null ? "The turn failed." : toToldMessage(error, principal)].filter((text) => text !== "").join("\n\n");
}

function toQuestion(ask: AskEvent): string {
  if (ask.kind === "question") {
    const choices = (ask.choices ?? []).map((choice, index) => `${index + 1}. ${choice}`);
    return [ask.question ?? "The tool asks something.", ...choices, "Your next message is the answer."].join("\n");
  }
  const args = JSON.stringify(ask.arguments);
  const shown = args.length > mostArguments ? `${args.slice(0, mostArguments).replace(/[\ud800-\udbff]$/, "")}… (${args.length - mostArguments} more characters)` : args;
  return [`${ask.tool} wants to run with ${shown}`, ask.reason, "Answer /approve, /approve always or /deny."].join("\n");
}
