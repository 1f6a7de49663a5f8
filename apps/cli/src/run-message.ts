import type { TurnOutcome } from "@omni/core";
import type { IncomingMessage } from "@omni/runtime";
import type { SubmittedTurn, TurnService } from "./turn-service.ts";
import type { Terminal } from "./terminal.ts";
import type { TurnPrinter } from "./turn-printer.ts";
import { answerAsks } from "./answer-asks.ts";
import { createCancellation } from "./cancellation.ts";

/**
 * Runs one turn for the person at the terminal: shows what happens, puts asks
 * to them, and lets a signal cancel it. Resolves with the outcome; a
 * cancelled turn that does not end in time counts as cancelled.
 */
export async function runMessage(message: IncomingMessage, turns: TurnService, terminal: Terminal, printer: TurnPrinter): Promise<TurnOutcome> {
  const cancellation = createCancellation(terminal);
  let stopAsking = (): void => undefined;
  try {
    const handle = await turns.submit(message);
    cancellation.onAsked(() => void turns.cancel(handle.turnId));
    if (message.interactive) stopAsking = answerAsks(handle.turnId, turns, terminal);
    const reading = new AbortController();
    const shown = show(handle, printer, reading.signal);
    const outcome = await Promise.race([handle.outcome, cancellation.givenUp.then(() => toCancelledOutcome(handle))]);
    if (cancellation.isAsked) reading.abort();
    await shown;
    return outcome;
  } finally {
    stopAsking();
    cancellation.close();
  }
}

async function show(handle: SubmittedTurn, printer: TurnPrinter, signal: AbortSignal): Promise<void> {
  for await (const live of handle.events(undefined, signal)) await printer.next(live.event);
}

function toCancelledOutcome(handle: SubmittedTurn): TurnOutcome {
  const { sessionId, turnId } = handle;
  return {
    status: "cancelled",
    sessionId,
    turnId,
    output: "",
    rounds: 0,
    toolCalls: [],
    usage: { inputTokens: 0, outputTokens: 0 },
    error: { code: "turn.cancelled", message: "The turn was cancelled; it had not ended when this command did." },
  };
}
