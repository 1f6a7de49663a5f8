import type { TurnOutcome } from "@omni/core";
import type { ShownEvent } from "../shown-event.ts";

/** Text of an answer as it comes: what to write for each event, and what is left to write at the end. */
export interface AnswerStream {
  /** What the event adds; empty for nothing. */
  next(event: ShownEvent): string;
  /** True when the last thing written did not end its line. */
  readonly isMidLine: boolean;
  /** What is still to be written when the turn is over, the end of the line included. */
  end(outcome: TurnOutcome): string;
}

/**
 * The answer streamed for a person. Text of a round that ends with tool calls
 * was narration: it stays on its own line. What the outcome says beyond what
 * was streamed (a limit, a text lost to lag) is added at the end, never twice.
 */
export function createAnswerStream(): AnswerStream {
  let round = "";
  let isMidLine = false;
  const add = (text: string): string => {
    if (text !== "") isMidLine = !text.endsWith("\n");
    return text;
  };
  const breakLine = (): string => (isMidLine ? add("\n") : "");

  return {
    get isMidLine() {
      return isMidLine;
    },
    next(event) {
      if (event.type === "text-delta") {
        round += event.text;
        return add(event.text);
      }
      // The line is left to the remark; the text may well go on after it.
      if (event.type === "note") return breakLine();
      if (!isOver(event)) return "";
      round = "";
      return breakLine();
    },
    end(outcome) {
      const isContinued = outcome.output.startsWith(round);
      const text = isContinued ? add(outcome.output.slice(round.length)) : breakLine() + add(outcome.output);
      return text + breakLine();
    },
  };
}

/** True where a round has ended with calls, or begins again. A gateway does not show the model's reply, so what follows from its calls counts as well. */
function isOver(event: ShownEvent): boolean {
  switch (event.type) {
    case "text-reset":
    case "tool-call":
    case "tool-result":
    case "ask":
      return true;
    case "model-reply":
      return event.calls.length > 0;
    default:
      return false;
  }
}
