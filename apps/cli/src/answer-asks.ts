import { isOmniError, toOmniError } from "@omni/core";
import type { Terminal } from "./terminal.ts";
import type { TurnService, WaitingAsk } from "./turn-service.ts";
import { owner } from "./owner.ts";
import { readLines } from "./line-reader.ts";
import { toAskText, toReply } from "./render/ask-text.ts";
import { toErrorLine } from "./report-error.ts";

/** True where a person can be asked: they see stderr and type on stdin. */
export function canAsk(terminal: Terminal): boolean {
  return terminal.input.isTerminal && terminal.errors.isTerminal;
}

/**
 * Puts the asks of a turn to the person at the terminal, one at a time; returns
 * how to stop. Stdin is not touched before the first. An answer that fails is
 * told on stderr, and the ask is put again where it is still open.
 */
export function answerAsks(turnId: string, turns: Pick<TurnService, "asks" | "onAsks" | "answer">, terminal: Terminal): () => void {
  let lines: ReturnType<typeof readLines> | undefined;
  let isBusy = false;
  let isStopped = false;
  /** Asks whose answer failed after the end of the input: put again, they would be without end. */
  const passed = new Set<string>();
  const openAsks = (): readonly WaitingAsk[] => (isStopped ? [] : turns.asks().filter((each) => each.turnId === turnId));
  const isOpen = (askId: string): boolean => openAsks().some(({ ask }) => ask.askId === askId);
  const firstOpen = (): WaitingAsk | undefined => openAsks().find(({ ask }) => !passed.has(ask.askId));

  const readLine = async (): Promise<string | undefined> => {
    lines ??= readLines(terminal.input);
    const { value, done } = await lines.next();
    return done === true ? undefined : value.kind === "line" ? value.text : "";
  };
  const put = async ({ ask }: WaitingAsk): Promise<void> => {
    const { askId } = ask;
    while (isOpen(askId) && !passed.has(askId)) {
      await terminal.errors.write(toAskText(ask));
      let line: string | undefined;
      try {
        line = await readLine();
        const reply = toReply(ask, line);
        if (reply === undefined) continue;
        return await turns.answer(askId, reply, owner);
      } catch (error) {
        // It may have closed while the person was typing: then nobody wants the answer any more.
        if (isOmniError(error) && error.code === "ask.not-found") return;
        if (line === undefined) passed.add(askId);
        await terminal.errors.write(toFailureText(error, isOpen(askId) ? (line === undefined ? "left" : "open") : "closed"));
      }
    }
  };
  const work = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    for (let next = firstOpen(); next !== undefined; next = firstOpen()) await put(next);
    isBusy = false;
  };
  const forget = turns.onAsks(() => void work());
  void work();
  return () => {
    isStopped = true;
    forget();
  };
}

/** What the person is told of an answer that failed, and of its ask: that it is put again, or not. */
function toFailureText(error: unknown, standing: "open" | "left" | "closed"): string {
  const { code, message } = toOmniError(error);
  const told = { open: "still open: answer again", left: "still open: answer it with /approve or /deny in its session", closed: "open here no more: where it waits, answer it with /approve or /deny in its session" };
  return `${toErrorLine(code, `Answering failed, and the question is ${told[standing]}. ${message}`)}\n`;
}
