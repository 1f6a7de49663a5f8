import type { Clock } from "@omni/core";
import { OmniError } from "@omni/core";
import { createRateLimit } from "./rate-limit.ts";
import { readBytes } from "./request-body.ts";

/** Most milliseconds that a body may take to arrive. */
const patienceMs = 10_000;

/** Most bytes of all bodies that are being read from somebody nothing is known of, and of how many bodies of the largest size there is room for in any case. */
const mostBytes = 33_554_432;
const leastBodies = 4;

/** Requests whose signature does not fit, by channel and address: how many at once, how many a second after that, how many addresses are remembered. */
const refusals = { burst: 100, perSecond: 1, keys: 4_096 };

/** Lines of the log about them, by channel: one a minute. */
const lines = { burst: 1, perSecond: 1 / 60, keys: 64 };

/**
 * What requests may cost whose signature nobody has looked at yet. A signature
 * is made over the body, so the body is read before anybody knows who sent it.
 * Nothing here stands in the way of a signature that fits, whatever came from
 * the same address: behind a proxy the platform and everybody else share one.
 */
export interface WebhookGuard {
  /**
   * The body of a request, byte for byte. Throws `request.too-large`;
   * `request.invalid`, retryable where it took too long; `request.too-many`
   * where so much arrives that what began first is given up for what came after.
   */
  read(request: Request, maxBytes: number): Promise<Uint8Array>;
  /** Notes a signature that did not fit. */
  refused(channel: string, peer: string): {
    /** Milliseconds that whoever sent it is told to wait; 0 where it may try again. */
    readonly waitMs: number;
    /** True where the log has not been told of late. */
    readonly isNews: boolean;
  };
}

/** Makes a guard that has seen nothing. */
export function createWebhookGuard(clock: Clock): WebhookGuard {
  const limit = createRateLimit(clock, refusals);
  const told = createRateLimit(clock, lines);
  const readings = new Map<Reading, number>();
  let held = 0;
  const release = (reading: Reading): void => {
    held -= readings.get(reading) ?? 0;
    readings.delete(reading);
  };
  return {
    refused: (channel, peer) => ({ waitMs: limit.take(`${channel} ${peer}`), isNews: told.take(channel) === 0 }),
    async read({ headers, body }, maxBytes) {
      if (body === null) return new Uint8Array();
      const reading = createReading(body);
      const callOff = clock.after(patienceMs, () => reading.giveUp(new OmniError("request.invalid", `The body took longer than ${patienceMs / 1_000} s to arrive.`, { retryable: true })));
      readings.set(reading, 0);
      const grow = (bytes: number): void => {
        const before = readings.get(reading) ?? 0;
        const after = Math.min(maxBytes, before + bytes);
        readings.set(reading, after);
        held += after - before;
        // What began first is given up: whoever sends slowly makes room for whoever does not.
        for (const oldest of readings.keys()) {
          if (held <= Math.max(mostBytes, leastBodies * maxBytes)) break;
          release(oldest);
          oldest.giveUp(new OmniError("request.too-many", "Too much arrives at once; send the request again in a moment.", { retryable: true, retryAfterMs: 1_000 }));
        }
      };
      try {
        return await readBytes({ headers, body: reading.chunks(grow) }, maxBytes);
      } finally {
        callOff();
        release(reading);
      }
    },
  };
}

/** A body that is being read. */
interface Reading {
  /** The chunks as they come; ends with what it was given up with. */
  chunks(seen: (bytes: number) => void): AsyncGenerator<Uint8Array, void, undefined>;
  giveUp(error: OmniError): void;
}

function createReading(body: ReadableStream<Uint8Array>): Reading {
  const reader = body.getReader();
  let reason: OmniError | undefined;
  const stop = (): Promise<void> => reader.cancel(reason).catch(() => undefined);
  return {
    async *chunks(seen) {
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (reason !== undefined) throw reason;
          if (done) return;
          seen(value.length);
          yield value;
        }
      } finally {
        await stop();
      }
    },
    giveUp(error) {
      reason ??= error;
      void stop();
    },
  };
}
