import { createServer } from "node:http";
import { toPort } from "./to-port.ts";

/** Named places inside the gateway where it stands still for the harness. Modules of the harness that the gateway loads ask at each place whether they may go on. */
export interface Gates {
  readonly url: string;
  /** Closes a place: the next that comes there waits, or one that comes after `skip` others. */
  hold(point: string, skip?: number): void;
  /** Resolves once somebody waits at the place. */
  reached(point: string): Promise<void>;
  /** Opens a place, and lets go whoever waits. */
  release(point: string): void;
  /** How often a place was passed or reached. */
  count(point: string): number;
  close(): Promise<void>;
}

interface Gate {
  /** How many still go by before one waits; undefined where none does. */
  skip: number | undefined;
  count: number;
  readonly waiting: (() => void)[];
  reached: PromiseWithResolvers<void>;
}

/** Starts gates on a free port, all open. */
export async function createGates(): Promise<Gates> {
  const gates = new Map<string, Gate>();
  const get = (point: string): Gate => {
    const known = gates.get(point) ?? { skip: undefined, count: 0, waiting: [], reached: Promise.withResolvers<void>() };
    gates.set(point, known);
    return known;
  };
  const server = createServer((request, response) => {
    request.resume();
    const gate = get(decodeURIComponent((request.url ?? "/").slice(1)));
    gate.count += 1;
    if (gate.skip === undefined || gate.skip > 0) {
      if (gate.skip !== undefined) gate.skip -= 1;
      response.end();
      return;
    }
    // One waits; who comes after it goes on.
    gate.skip = undefined;
    gate.waiting.push(() => response.end());
    gate.reached.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${toPort(server)}/`,
    hold(point, skip = 0) {
      const gate = get(point);
      gate.skip = skip;
      gate.reached = Promise.withResolvers<void>();
    },
    reached: (point) => get(point).reached.promise,
    release(point) {
      const gate = get(point);
      gate.skip = undefined;
      for (const go of gate.waiting.splice(0)) go();
    },
    count: (point) => get(point).count,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
