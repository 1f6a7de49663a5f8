import type { OmniModule, Store } from "@omni/core";
import { omni as sqlite } from "@omni/store-sqlite";

/** Whom to ask before and after every write, and every reading of a turn's events. */
interface GatedOptions {
  readonly gates: string;
}

/** The real store, which asks at every write, and where an earlier turn is read for a prompt, whether it may go on: `accept:before`, `append:tool-call:after`, `outbox:sending:after`, `events:before`. */
export const omni: OmniModule<"store", GatedOptions> = {
  slot: "store",
  name: "gated",
  contract: 1,
  options: {
    jsonSchema: { type: "object", properties: { gates: { type: "string" } }, required: ["gates"], additionalProperties: false },
    parse: (value) => value as GatedOptions,
  },
  async create({ gates }, host) {
    const store: Store = await sqlite.create(sqlite.options.parse({}), host);
    const pass = async (points: readonly string[], when: "before" | "after"): Promise<void> => {
      for (const point of points) await fetch(new URL(encodeURIComponent(`${point}:${when}`), gates));
    };
    const guard = async <Result>(points: readonly string[], work: () => Promise<Result>): Promise<Result> => {
      await pass(points, "before");
      const result = await work();
      await pass(points, "after");
      return result;
    };
    return {
      ...store,
      accept: (turn) => guard(["accept"], () => store.accept(turn)),
      append: (turnId, fence, events, outbox) => guard(events.map(({ type }) => `append:${type}`), () => store.append(turnId, fence, events, outbox)),
      events: (turnId) => guard(["events"], () => store.events(turnId)),
      updateOutbox: (id, change, ifAttempts) => guard([`outbox:${change.state}`], () => store.updateOutbox(id, change, ifAttempts)),
    };
  },
};
