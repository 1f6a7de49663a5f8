import type { Answer } from "@omni/agent";
import type { AskEvent, Clock, Principal, TurnInput } from "@omni/core";
import { OmniError } from "@omni/core";

/** A question somebody has to answer. */
export interface OpenAsk {
  readonly ask: AskEvent;
  readonly turnId: string;
  readonly sessionId: string;
  readonly requester: string;
}

/** What a person sends. */
export type Reply = { readonly decision: "allow" | "deny" | "always" } | { readonly answer: string };

/** Where turns wait for people. */
export interface AskDesk {
  open(): readonly OpenAsk[];
  /** Opens the ask and waits; resolves on the answer, at its end of life, and rejects when it is stopped, with its turn or with the call that asked, and where an answer could not be kept. `record` puts the answer of a person on the record of the turn. */
  wait(ask: AskEvent, input: TurnInput, signal: AbortSignal, record: (answer: Answer) => Promise<void>): Promise<Answer>;
  /**
   * Answers once, and resolves when the answer is on the record of the turn;
   * what is allowed for good is remembered before that. Rejects with
   * `ask.not-found` for one that is closed, `ask.forbidden` for a principal
   * that may not, `request.invalid` for an answer of the wrong kind, and
   * `store.*` where the answer could not be kept and was not taken.
   */
  answer(askId: string, reply: Reply, principal: Principal): Promise<void>;
  /** Subscribes to asks that open or close; returns how to unsubscribe. */
  onChange(changed: () => void): () => void;
}

/** An ask that a turn waits with. */
interface Waiting {
  readonly open: OpenAsk;
  /** True once it was answered, its time was up or it was stopped, whichever came first. */
  isTaken: boolean;
  record(answer: Answer): Promise<void>;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** Makes a desk. Only who holds scope `approve` may answer an approval; a question also whoever began the turn. `remember` keeps what is allowed for good. */
export function createAskDesk(clock: Clock, remember: (ask: AskEvent, sessionId: string) => Promise<void>): AskDesk {
  const waiting = new Map<string, Waiting>();
  const listeners = new Set<() => void>();
  const notify = (): void => {
    for (const listener of listeners) listener();
  };

  return {
    open: () => [...waiting.values()].flatMap((each) => (each.isTaken ? [] : [each.open])),
    onChange(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    wait(ask, input, signal, record) {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const open = { ask, turnId: input.turnId, sessionId: input.sessionId, requester: input.principal.id };
      const entry: Waiting = { open, isTaken: false, record, resolve, reject };
      waiting.set(ask.askId, entry);
      const callOff = clock.after(Math.max(0, ask.expiresAt - clock.now()), () => {
        if (entry.isTaken) return;
        entry.isTaken = true;
        resolve({ decision: "deny", by: "timeout" });
      });
      const stop = (): void => {
        entry.isTaken = true;
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      notify();
      return promise.finally(() => {
        callOff();
        signal.removeEventListener("abort", stop);
        waiting.delete(ask.askId);
        notify();
      });
    },
    async answer(askId, reply, principal) {
      // Before the call is let go: it would run, and whoever said so would be told that it failed.
      if ("decision" in reply && reply.decision === "always") {
        const { ask, sessionId } = findOpen(waiting, askId, reply, principal).open;
        await remember(ask, sessionId);
      }
      // Looked for again, since somebody may have been faster meanwhile.
      const found = findOpen(waiting, askId, reply, principal);
      found.isTaken = true;
      const answer: Answer = "decision" in reply ? { decision: reply.decision, by: principal.id } : { decision: "allow", answer: reply.answer, by: principal.id };
      try {
        await found.record(answer);
      } catch (cause) {
        // The turn cannot go on either, and asks again when it does: nothing waits any more with what was taken and is not on record.
        const error = new OmniError("store.busy", "The answer could not be written down and was not taken; the question is put again, answer it then.", { cause, retryable: true });
        found.reject(error);
        throw error;
      }
      found.resolve(answer);
    },
  };
}

/** The ask that is open under this id, once it is sure that the principal may give it this reply. */
function findOpen(waiting: ReadonlyMap<string, Waiting>, askId: string, reply: Reply, principal: Principal): Waiting {
  const found = waiting.get(askId);
  if (found === undefined || found.isTaken) throw new OmniError("ask.not-found", `There is no open question ${JSON.stringify(askId)}; it was answered, has expired, or its turn has ended.`);
  const { ask, requester } = found.open;
  const mayAnswer = principal.scopes.includes("approve") || (ask.kind === "question" && principal.id === requester);
  if (!mayAnswer) throw new OmniError("ask.forbidden", "Only somebody with scope approve may answer this.");
  if (ask.kind === "approval" && !("decision" in reply)) throw new OmniError("request.invalid", 'An approval is answered with "decision": "allow", "deny" or "always".');
  if (ask.kind === "question" && !("answer" in reply)) throw new OmniError("request.invalid", 'A question is answered with "answer": "…".');
  return found;
}
