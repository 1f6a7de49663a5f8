import { isOmniError } from "@omni/core";
import type { Terminal } from "./terminal.ts";
import type { TurnService, WaitingAsk } from "./turn-service.ts";
import { owner } from "./owner.ts";
import { readLines } from "./line-reader.ts";
import { toAskText, toReply } from "./render/ask-text.ts";

/** True where a person can be asked: they see stderr and type on stdin. */
export function canAsk(terminal: Terminal): boolean {
  return terminal.input.isTerminal && terminal.errors.isTerminal;
}

/** Puts the asks of a turn to the person at the terminal, one at a time; returns how to stop. Stdin is not touched before the first. */
export function answerAsks(turnId: string, turns: Pick<TurnService, "asks" | "onAsks" | "answer">, terminal: Terminal): () => void {
  let lines: ReturnType<typeof readLines> | undefined;
  let isBusy = false;
  let isStopped = false;
  const isOpen = (open: WaitingAsk): boolean => !isStopped && turns.asks().some((each) => each.ask.askId === open.ask.askId);

  const readLine = async (): Promise<string | undefined> => {
    lines ??= readLines(terminal.input);
    const { value, done } = await lines.next();
    return done === true ? undefined : value.kind === "line" ? value.text : "";
  };
  const put = async (open: WaitingAsk): Promise<void> => {
    while (isOpen(open)) {
      await terminal.errors.write(toAskText(open.ask));
      const reply = toReply(open.ask, await readLine());
      if (reply === undefined) continue;
      // The ask may have closed while the person was typing: then nobody wants the answer any more.
      await turns.answer(open.ask.askId, reply, owner).catch(ignoreClosed);
      return;
    }
  };
  const work = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    for (let next = firstOpen(); next !== undefined; next = firstOpen()) await put(next);
    isBusy = false;
  };
  const firstOpen = (): WaitingAsk | undefined => (isStopped ? undefined : turns.asks().find((each) => each.turnId === turnId));
  const forget = turns.onAsks(() => void work());
  void work();
  return () => {
    isStopped = true;
    forget();
  };
}

function ignoreClosed(error: unknown): void {
  if (!isOmniError(error) || error.code !== "ask.not-found") throw error;
}
