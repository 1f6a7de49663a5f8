import type { Client, MessageRequest, OpenAsk, PlacedEvent, SendOptions, ResumeOptions, TurnEvent, TurnEvents, TurnState } from "@omni/client";
import type { TurnOutcome } from "@omni/core";
import { OmniError } from "@omni/core";

/** A connection that follows a turn, told by the test. */
export interface FakeStream {
  emit(...events: readonly TurnEvent[]): void;
  /** Breaks the connection, or ends it with this error. */
  cut(error?: Error): void;
}

/** A gateway that does what the test says, as a client sees it. */
export interface FakeGateway {
  readonly client: Client;
  /** What was sent, in order. */
  readonly sent: readonly { readonly request: MessageRequest; readonly options: SendOptions & ResumeOptions }[];
  readonly followed: readonly (string | undefined)[];
  readonly cancelled: readonly string[];
  readonly answered: readonly unknown[];
  /** Every connection so far. */
  readonly streams: readonly FakeStream[];
  /** Resolves once there were so many connections. */
  connected(count: number): Promise<FakeStream>;
  /** The next calls of these fail. */
  fail(call: "stream" | "follow" | "cancel" | "answer", error: Error): void;
  /** Turns are run by another process: they cannot be followed and stand like this. */
  elsewhere: TurnState | undefined;
  /** How turns that can be followed stand. */
  state: TurnState;
  openAsks: readonly OpenAsk[];
}

export function toBroken(code?: string): OmniError {
  return new OmniError("egress.failed", "It broke.", { retryable: true, ...(code === undefined ? {} : { cause: Object.assign(new Error(code), { code }) }) });
}

export function toOutcome(given: Partial<TurnOutcome> = {}): TurnOutcome {
  return { status: "completed", sessionId: "cli:1", turnId: "t1", output: "done", rounds: 1, toolCalls: [], usage: { inputTokens: 1, outputTokens: 1 }, error: null, ...given };
}

function createStream(turnId: string): { readonly events: TurnEvents; readonly stream: FakeStream } {
  const waiting: PlacedEvent[] = [];
  let ending: Error | undefined;
  let wake = Promise.withResolvers<void>();
  const stir = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  let count = 0;
  async function* read(): AsyncGenerator<PlacedEvent, void, undefined> {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else if (ending !== undefined) throw ending;
      else await wake.promise;
    }
  }
  return {
    events: { turnId, [Symbol.asyncIterator]: read, close: async () => undefined },
    stream: {
      emit(...events) {
        for (const event of events) waiting.push({ id: `1.${++count}`, event });
        stir();
      },
      cut(error = toBroken()) {
        ending = error;
        stir();
      },
    },
  };
}

/** Connections in the order they were made. */
function createConnections(): Pick<FakeGateway, "streams" | "connected"> & { connect(turnId: string): TurnEvents } {
  const streams: FakeStream[] = [];
  const watchers = new Set<() => void>();
  return {
    streams,
    connect(turnId) {
      const { events, stream } = createStream(turnId);
      streams.push(stream);
      for (const watcher of watchers) watcher();
      return events;
    },
    connected: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          const stream = streams[count - 1];
          if (stream !== undefined) resolve(stream);
        };
        watchers.add(look);
        look();
      }),
  };
}

/** Makes a gateway whose turns are `t1`, `t2`, …, in the order they were sent. */
export function createFakeGateway(): FakeGateway {
  const [sent, followed, cancelled, answered]: [FakeGateway["sent"][number][], (string | undefined)[], string[], unknown[]] = [[], [], [], []];
  const { connect, ...connections } = createConnections();
  const failures = new Map<string, Error>();
  const failIfTold = (call: string): void => {
    const failure = failures.get(call);
    failures.delete(call);
    if (failure !== undefined) throw failure;
  };
  const unused = async (): Promise<never> => {
    throw new Error("the command line does not use this");
  };
  const gateway: FakeGateway = {
    sent,
    followed,
    cancelled,
    answered,
    ...connections,
    elsewhere: undefined,
    state: { status: "running", turnId: "t1", sessionId: "cli:1", asks: [] },
    openAsks: [],
    fail: (call, error) => void failures.set(call, error),
    client: {
      message: unused,
      submit: unused,
      async stream(request, options = {}) {
        sent.push({ request, options });
        failIfTold("stream");
        return connect(`t${sent.length}`);
      },
      turn: async () => gateway.elsewhere ?? gateway.state,
      async follow(turnId, { lastEventId } = {}) {
        followed.push(lastEventId);
        failIfTold("follow");
        return gateway.elsewhere === undefined ? connect(turnId) : undefined;
      },
      async cancel(turnId) {
        failIfTold("cancel");
        cancelled.push(turnId);
        return "cancelled";
      },
      asks: async () => gateway.openAsks,
      async answer(askId, reply) {
        failIfTold("answer");
        answered.push([askId, reply]);
      },
      sessions: unused,
      messages: unused,
      deleteSession: unused,
      pair: unused,
      isAlive: async () => true,
      isReady: async () => true,
      close: () => undefined,
    },
  };
  return gateway;
}
