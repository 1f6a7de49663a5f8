import type { TerminalChannel } from "@omni/channel-terminal";
import { isOmniError } from "@omni/core";
import type { Reply } from "@omni/runtime";
import type { Terminal } from "../terminal.ts";
import type { TurnService, WaitingAsk } from "../turn-service.ts";
import { owner } from "../owner.ts";
import { toAskText, toReply } from "../render/ask-text.ts";

/** A turn whose asks are put to the person. */
export interface AskedTurn {
  readonly turnId: string;
  readonly turns: Pick<TurnService, "asks" | "onAsks" | "answer">;
  readonly channel: Pick<TerminalChannel, "ask" | "note">;
  readonly after: Terminal["after"];
  /** Called before one is shown: what the turn said until then is above it. */
  onAsk(): void;
}

/** Puts the asks of a turn to the person in the chat as they open, and takes back those that close; returns how to stop. */
export function putAsks({ turnId, turns, channel, after, onAsk }: AskedTurn): () => void {
  const put = new Map<string, AbortController>();
  const answer = async (askId: string, reply: Reply): Promise<void> => {
    try {
      await turns.answer(askId, reply, owner);
    } catch (error) {
      // It may have closed while the person was typing: then nobody wants the answer any more.
      channel.note(isOmniError(error) ? `the answer was not taken: ${error.message}` : "the answer was not taken");
    }
  };
  const open = async ({ ask }: WaitingAsk, { signal }: AbortController): Promise<void> => {
    if (signal.aborted) return;
    onAsk();
    const [text, prompt] = toParts(toAskText(ask));
    const reply = await channel.ask({ text, prompt, read: (line) => toReply(ask, line) }, signal);
    if (reply !== undefined) await answer(ask.askId, reply);
  };
  const look = (): void => {
    const waiting = turns.asks().filter((each) => each.turnId === turnId);
    for (const [askId, controller] of put) {
      if (waiting.some(({ ask }) => ask.askId === askId)) continue;
      put.delete(askId);
      controller.abort();
    }
    for (const each of waiting) {
      if (put.has(each.ask.askId)) continue;
      const controller = new AbortController();
      put.set(each.ask.askId, controller);
      // An ask is known before the events that led to it are read; they are shown first.
      after(0, () => void open(each, controller));
    }
  };
  const forget = turns.onAsks(look);
  look();
  return () => {
    forget();
    for (const controller of put.values()) controller.abort();
  };
}

/** What is asked, and the last line of it, which says what can be answered. */
function toParts(text: string): readonly [text: string, prompt: string] {
  const end = text.lastIndexOf("\n");
  const prompt = text.slice(end + 1).replace(/[:>]?\s*$/, "");
  return [text.slice(0, Math.max(0, end)), prompt];
}
