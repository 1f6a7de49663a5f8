import type { AskEvent, AskRequest } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Answer } from "./parts.ts";
import type { TurnRun } from "./turn-run.ts";

/** How long an ask stays open: a day, so that a person may sleep over it. */
const askLifetimeMs = 24 * 60 * 60 * 1_000;

type NewAsk = Omit<AskEvent, "type" | "askId" | "at" | "expiresAt">;

/**
 * Asks a person and waits; the question and the answer are recorded. After a
 * crash the same question stands under the same id, and an answer that was
 * given is not asked for again. An approval is of the exact arguments: where
 * they are others now, a person is asked anew. The turn's time does not run
 * meanwhile. Where the signal aborts and the turn goes on, since the call that
 * asked has ended, nobody has answered, and that is recorded.
 */
export async function askPerson(ask: NewAsk, run: TurnRun, signal: AbortSignal): Promise<Answer> {
  const { parts, journal } = run;
  const earlier = journal.ask(ask);
  if (earlier?.answer !== undefined) return earlier.answer;
  const at = parts.clock.now();
  if (earlier === undefined && ask.kind === "approval") await closeOpen(ask, at, run);
  const event = earlier?.ask ?? { type: "ask", askId: parts.random.id(), ...ask, at, expiresAt: at + askLifetimeMs };
  // Said again after a restart too: whoever watches now must learn that the turn waits.
  await journal.record(event);
  let recorded: Promise<void> | undefined;
  const record = (answer: Answer): Promise<void> => (recorded ??= journal.record({ type: "answer", askId: event.askId, ...answer, at: parts.clock.now() }));
  run.pause();
  try {
    const answer: Answer = run.input.interactive ? await parts.ask(event, signal, record) : { decision: "deny", by: "nobody" };
    // Time that is up, and nobody who can be asked, are recorded here.
    await record(answer);
    return answer;
  } catch (error) {
    // Else the turn would be taken to wait for a person.
    if (!run.signal.aborted) await record({ decision: "deny", by: "nobody" });
    throw error;
  } finally {
    run.resume();
  }
}

/** Closes the approvals of a call that were asked for before it became another, so that nobody takes them for open. */
async function closeOpen({ callId, kind }: NewAsk, at: number, { journal }: TurnRun): Promise<void> {
  for (const { askId } of journal.openAsks(callId, kind)) await journal.record({ type: "answer", askId, decision: "deny", by: "nobody", at });
}

/** A tool's own question; rejects with `ask.unanswered` where no words come back. */
export async function askQuestion(request: AskRequest, call: Pick<AskEvent, "callId" | "tool" | "arguments">, run: TurnRun, signal: AbortSignal): Promise<string> {
  const question = { kind: "question" as const, ...call, digest: "", reason: "the tool asks", ...request };
  const answer = await askPerson(question, run, signal);
  if (answer.answer === undefined) throw new OmniError("ask.unanswered", `Nobody answered the question of ${call.tool}; go on without it or end.`);
  return answer.answer;
}
