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
  /** Opens the ask and waits; resolves on the answer, at its end of life, and rejects when the turn is stopped. */
  wait(ask: AskEvent, input: TurnInput, signal: AbortSignal): Promise<Answer>;
  /** Answers once. Throws `ask.not-found` for one that is closed, `ask.forbidden` for a principal that may not, `request.invalid` for an answer of the wrong kind. */
  answer(askId: string, reply: Reply, principal: Principal): OpenAsk;
  /** Subscribes to asks that open or close; returns how to unsubscribe. */
  onChange(changed: () => void): () => void;
}

/** Makes a desk. Only who holds scope `approve` may answer an approval; a question also whoever began the turn. */
export function createAskDesk(clock: Clock): AskDesk {
  const waiting = new Map<string, { readonly open: OpenAsk; readonly resolve: (answer: Answer) => void }>();
  const listeners = new Set<() => void>();
  const notify = (): void => {
    for (const listener of listeners) listener();
  };

  return {
    open: () => [...waiting.values()].map((each) => each.open),
    onChange(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    wait(ask, input, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const open = { ask, turnId: input.turnId, sessionId: input.sessionId, requester: input.principal.id };
      waiting.set(ask.askId, { open, resolve });
      const callOff = clock.after(Math.max(0, ask.expiresAt - clock.now()), () => resolve({ decision: "deny", by: "timeout" }));
      const stop = (): void => reject(signal.reason as Error);
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
    answer(askId, reply, principal) {
      const found = waiting.get(askId);
      if (found === undefined) throw new OmniError("ask.not-found", `There is no open question ${JSON.stringify(askId)}; it was answered, has expired, or its turn has ended.`);
      const { ask, requester } = found.open;
      const mayApprove = principal.scopes.includes("approve");
      const mayAnswer = mayApprove || (ask.kind === "question" && principal.id === requester);
      if (!mayAnswer) throw new OmniError("ask.forbidden", "Only somebody with scope approve may answer this.");
      if (ask.kind === "approval" && !("decision" in reply)) throw new OmniError("request.invalid", 'An approval is answered with "decision": "allow", "deny" or "always".');
      if (ask.kind === "question" && !("answer" in reply)) throw new OmniError("request.invalid", 'A question is answered with "answer": "…".');
      waiting.delete(askId);
      found.resolve("decision" in reply ? { decision: reply.decision, by: principal.id } : { decision: "allow", answer: reply.answer, by: principal.id });
      return found.open;
    },
  };
}
