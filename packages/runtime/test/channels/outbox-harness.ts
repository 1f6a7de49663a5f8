import type { Channel, ChannelCapabilities, OutboxRow, Store } from "@omni/core";
import type { ManualClock, MapStorePlace, RecordingLog, RecordingPlatform } from "@omni/testkit/fakes";
import { createManualClock, createMapStorePlace, createRecordingChannel, createRecordingLog, createRecordingPlatform } from "@omni/testkit/fakes";
import type { OutboxSender } from "../../src/channels/outbox-sender.ts";
import { createOutboxSender } from "../../src/channels/outbox-sender.ts";

/** One life of a sender: a process. */
export interface SenderLife {
  readonly store: Store;
  readonly sender: OutboxSender;
  /** Stops sending, as the end of the process does. */
  stop(): void;
  /** Lets go of everything without another word, as a killed process does. */
  kill(): Promise<void>;
}

/** A store and a platform that outlive the senders between them. */
export interface OutboxHarness {
  readonly clock: ManualClock;
  readonly log: RecordingLog;
  readonly platform: RecordingPlatform;
  readonly place: MapStorePlace;
  /** Puts rows of a turn into the outbox, one for each text. */
  put(conversation: string, ...bodies: readonly string[]): Promise<void>;
  open(options?: SenderOptions): Promise<SenderLife>;
  /** What people see, in order, as `conversation: text`. */
  shown(): readonly string[];
  /** State and attempts of every row, in order. */
  rows(): readonly (readonly [state: OutboxRow["state"], attempts: number])[];
}

/** What a sender is made with. */
export interface SenderOptions {
  readonly capabilities?: Partial<ChannelCapabilities>;
  readonly channel?: (channel: Channel) => Channel;
  readonly store?: (store: Store) => Store;
}

/** Makes an empty outbox. */
export function createOutboxHarness(): OutboxHarness {
  const clock = createManualClock();
  const log = createRecordingLog();
  const platform = createRecordingPlatform();
  const place = createMapStorePlace();
  let turns = 0;
  return {
    clock,
    log,
    platform,
    place,
    async put(conversation, ...bodies) {
      const store = await place.open(clock);
      const instance = await store.join({ kind: "test", pid: 1 });
      const turnId = `t${++turns}`;
      const input = { turnId, sessionId: `rooms:${turnId}`, text: "", principal: { id: "rooms:p1", scopes: ["chat"] as const }, autonomy: "full" as const, workspace: "/w", origin: "rooms", conversation, interactive: true, at: 0 };
      await store.accept({ input, channel: "rooms", platformId: turnId, queueLimit: 10 });
      const claim = await store.claim(turnId, instance.id);
      if (claim.result !== "claimed") throw new Error("the turn is new");
      const rows = bodies.map((body, part): OutboxRow => ({ id: `${turnId}:end:${part}`, turnId, part, channel: "rooms", conversation, kind: "final", body, state: "pending", receipt: null, attempts: 0 }));
      await store.append(turnId, claim.fence, [], rows);
      await store.close();
    },
    async open({ capabilities = {}, channel = (made: Channel): Channel => made, store: wrap = (made: Store): Store => made } = {}) {
      const store = await place.open(clock);
      await store.join({ kind: "test", pid: 1 });
      const stopping = new AbortController();
      let isKilled = false;
      // A killed process writes nothing more.
      const mortal: Store = { ...store, updateOutbox: async (...given) => (isKilled ? new Promise(() => undefined) : store.updateOutbox(...given)) };
      const sender = createOutboxSender({ name: "rooms", channel: channel(createRecordingChannel(platform, { deduplicates: false, ...capabilities })), store: wrap(mortal), clock, log, signal: stopping.signal });
      return {
        store,
        sender,
        stop: () => stopping.abort(new Error("stopped")),
        async kill() {
          isKilled = true;
          stopping.abort(new Error("killed"));
          await store.close();
        },
      };
    },
    shown: () => platform.shown.map(({ message }) => `${message.conversation}: ${message.text}`),
    rows: () => [...place.state.outbox.values()].map(({ row }) => [row.state, row.attempts] as const),
  };
}

/** A channel whose sends are counted and met by a function of their number, from 1. */
export function meeting(meet: (send: number, text: string) => Error | undefined): { readonly keys: readonly string[]; wrap(channel: Channel): Channel } {
  const keys: string[] = [];
  return {
    keys,
    wrap: (channel) => ({
      ...channel,
      async send(message, signal) {
        keys.push(message.idempotencyKey);
        const error = meet(keys.length, message.text);
        if (error !== undefined) throw error;
        return channel.send(message, signal);
      },
    }),
  };
}

/** Whether a sender has become idle since. */
export function watchIdle(sender: OutboxSender): () => boolean {
  let isIdle = false;
  void sender.idle().then(() => (isIdle = true));
  return () => isIdle;
}
