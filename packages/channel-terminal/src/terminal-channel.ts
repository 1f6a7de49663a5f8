import type { Channel } from "@omni/core";
import type { TerminalEvent, TerminalOutcome } from "./terminal-event.ts";

/** What is asked of the person in the midst of a turn. */
export interface TerminalAsk<Reply> {
  /** What it is about, shown whole. May hold what a stranger wrote. */
  readonly text: string;
  /** What can be answered, shown above the answer; empty for anything. */
  readonly prompt: string;
  /** What a line means, undefined for the end of the input; gives undefined where it must be asked again. */
  read(line: string | undefined): Reply | undefined;
}

/** A turn that is shown. */
export interface TerminalTurn {
  next(event: TerminalEvent): void;
  /** Shows what remains to be said and makes room for the next turn. */
  end(outcome: TerminalOutcome): void;
}

/**
 * What a person wants of the chat itself: `interrupt` is Ctrl+C, told while
 * something runs or nothing is written; `end` is Ctrl+D, or the end of the
 * input.
 */
export type TerminalIntent = "interrupt" | "end";

/**
 * A terminal as a channel, and what a chat in it needs besides: one
 * conversation, `default`, with one person. Nothing a model, a tool or a
 * stranger wrote can move the cursor, change a colour or hide itself.
 */
export interface TerminalChannel extends Channel {
  /**
   * Shows a turn as it runs, one at a time. The message is named by its
   * `platformId`: one that was written while another turn was shown waits
   * below and goes up now.
   */
  begin(platformId: string): TerminalTurn;
  /**
   * Asks, one question after the other; what the person is writing is put
   * aside meanwhile and is no answer. Resolves with undefined when the signal
   * is aborted first: then somebody else answered, or nobody wants it any more.
   */
  ask<Reply>(ask: TerminalAsk<Reply>, signal: AbortSignal): Promise<Reply | undefined>;
  /** Shows a remark of the chat itself. */
  note(text: string): void;
  onIntent(listener: (intent: TerminalIntent) => void): () => void;
}
