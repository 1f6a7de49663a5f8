import type { LineEditor } from "./line-editor.ts";
import type { TerminalAsk } from "./terminal-channel.ts";
import { createLineEditor } from "./line-editor.ts";

/** A question that is before the person. */
export interface OpenQuestion {
  readonly text: string;
  readonly prompt: string;
  /** Where the answer is written; nothing of it is remembered. */
  readonly editor: LineEditor;
  /** Takes a line, undefined for the end of the input; false where it must be asked again. */
  answer(line: string | undefined): boolean;
}

/** Questions, one after the other. */
export interface AskQueue {
  /** The one that is before the person. */
  readonly current: OpenQuestion | undefined;
  ask<Reply>(ask: TerminalAsk<Reply>, signal: AbortSignal): Promise<Reply | undefined>;
}

/** Who is told what becomes of a question. */
export interface AskListener {
  /** One is put before the person. */
  onOpen(question: OpenQuestion): void;
  /** The current one is over; `line` is what was answered, absent where nobody here did. */
  onClose(question: OpenQuestion, line?: string): void;
}

/** Makes a queue with no questions. */
export function createAskQueue(mostBytes: number, listener: AskListener): AskQueue {
  const waiting: OpenQuestion[] = [];
  const remove = (question: OpenQuestion, line?: string): void => {
    const place = waiting.indexOf(question);
    if (place === -1) return;
    waiting.splice(place, 1);
    if (place > 0) return;
    listener.onClose(question, line);
    if (waiting[0] !== undefined) listener.onOpen(waiting[0]);
  };
  return {
    get current() {
      return waiting[0];
    },
    ask<Reply>(ask: TerminalAsk<Reply>, signal: AbortSignal): Promise<Reply | undefined> {
      const { promise, resolve } = Promise.withResolvers<Reply | undefined>();
      if (signal.aborted) return Promise.resolve(undefined);
      const leave = (): void => {
        remove(question);
        resolve(undefined);
      };
      const question: OpenQuestion = {
        text: ask.text,
        prompt: ask.prompt,
        editor: createLineEditor({ mostBytes }),
        answer(line) {
          const reply = ask.read(line);
          if (reply === undefined) return false;
          signal.removeEventListener("abort", leave);
          remove(question, line ?? "");
          resolve(reply);
          return true;
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      waiting.push(question);
      if (waiting.length === 1) listener.onOpen(question);
      return promise;
    },
  };
}
