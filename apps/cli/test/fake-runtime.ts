import type { AskEvent, TurnOutcome } from "@omni/core";
import { OmniError } from "@omni/core";
import type { IncomingMessage, LiveEvent, OpenAsk, Reply, TurnHandle } from "@omni/runtime";

/** One turn whose events and end a test decides. */
export interface FakeTurn {
  readonly turnId: string;
  readonly message: IncomingMessage;
  emit(event: LiveEvent["event"]): void;
  end(outcome?: Partial<TurnOutcome>): void;
  /** Asks; resolves with what was answered. */
  ask(ask: Partial<AskEvent>): Promise<Reply>;
  readonly isCancelled: boolean;
}

/** The part of a runtime that a front end uses for turns. */
export interface FakeRuntime {
  submit(message: IncomingMessage): Promise<TurnHandle>;
  cancel(turnId: string): Promise<boolean>;
  asks(): readonly OpenAsk[];
  onAsks(changed: () => void): () => void;
  answer(askId: string, reply: Reply): Promise<void>;
  readonly turns: readonly FakeTurn[];
  /** Resolves once so many turns were submitted. */
  submitted(count: number): Promise<FakeTurn>;
}

/** Events and an end that come when the test says so, for one reader. */
function createFeed(message: IncomingMessage, turnId: string): Pick<FakeTurn, "emit" | "end"> & Pick<TurnHandle, "events" | "outcome"> {
  const events: LiveEvent[] = [];
  const outcome = Promise.withResolvers<TurnOutcome>();
  let wake = Promise.withResolvers<void>();
  let isEnded = false;
  const stir = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  async function* read(signal: AbortSignal | undefined): AsyncGenerator<LiveEvent, void, undefined> {
    signal?.addEventListener("abort", stir);
    for (let next = 0; signal?.aborted !== true; ) {
      const event = events[next];
      if (event !== undefined) {
        next += 1;
        yield event;
      } else if (isEnded) return;
      else await wake.promise;
    }
  }
  return {
    events: (_, signal) => read(signal),
    outcome: outcome.promise,
    emit(event) {
      events.push({ id: `1.${events.length + 1}`, event });
      stir();
    },
    end(given = {}) {
      isEnded = true;
      outcome.resolve({ status: "completed", sessionId: message.sessionId, turnId, output: "", rounds: 1, toolCalls: [], usage: { inputTokens: 1, outputTokens: 1 }, error: null, ...given });
      stir();
    },
  };
}

/** Asks that stay open until they are answered. */
function createFakeDesk(): Pick<FakeRuntime, "asks" | "onAsks" | "answer"> & { put(open: OpenAsk): Promise<Reply> } {
  const open: { readonly ask: OpenAsk; readonly resolve: (reply: Reply) => void }[] = [];
  const listeners = new Set<() => void>();
  const notify = (): void => {
    for (const each of [...listeners]) each();
  };
  return {
    put(ask) {
      const reply = Promise.withResolvers<Reply>();
      open.push({ ask, resolve: reply.resolve });
      notify();
      return reply.promise;
    },
    asks: () => open.map(({ ask }) => ask),
    onAsks(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    async answer(askId, reply) {
      const place = open.findIndex(({ ask }) => ask.ask.askId === askId);
      if (place === -1) throw new OmniError("ask.not-found", "It is closed.");
      open.splice(place, 1)[0]?.resolve(reply);
      notify();
    },
  };
}

/** Makes a runtime that runs nothing: `onTurn`, or the test later, says what each turn does. */
export function createFakeRuntime(onTurn: (turn: FakeTurn) => void = () => undefined): FakeRuntime {
  const turns: FakeTurn[] = [];
  const cancelled = new Set<string>();
  const watchers = new Set<() => void>();
  const { put, ...desk } = createFakeDesk();
  return {
    turns,
    ...desk,
    async submit(message) {
      if (message.text.trim() === "") throw new OmniError("message.empty", "The message is empty; say what to do.");
      const turnId = String(turns.length + 1);
      const { events, outcome, emit, end } = createFeed(message, turnId);
      const turn: FakeTurn = {
        turnId,
        message,
        emit,
        end,
        get isCancelled() {
          return cancelled.has(turnId);
        },
        ask: (given) => put({ ask: { ...baseAsk, askId: `ask${turnId}`, ...given }, turnId, sessionId: message.sessionId, requester: "owner" }),
      };
      turns.push(turn);
      onTurn(turn);
      for (const each of watchers) each();
      return { turnId, sessionId: message.sessionId, isRepeat: false, isCommand: false, outcome, events };
    },
    async cancel(turnId) {
      cancelled.add(turnId);
      return true;
    },
    submitted: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          const turn = turns[count - 1];
          if (turn !== undefined) resolve(turn);
        };
        watchers.add(look);
        look();
      }),
  };
}

const baseAsk: AskEvent = { type: "ask", askId: "ask", kind: "approval", callId: "c", tool: "shell.run", arguments: {}, digest: "d", reason: "it runs a program", at: 0, expiresAt: 1 };
