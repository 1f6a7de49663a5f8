import type { Channel, Clock, WebhookRequest, WebhookResponse } from "@omni/core";
import { OmniError } from "@omni/core";

/** Most requests of one channel that are worked on at once, those included that were given up and have not ended yet. */
const mostRunning = 64;

/** How long a request may take, milliseconds: platforms wait for seconds, and deliver again. */
const patienceMs = 10_000;

/** When a platform that cannot be served for now is asked to come back, milliseconds. */
const laterMs = 1_000;

/** Where the requests of one channel's platform are worked on. */
export interface WebhookDesk {
  /** Has a channel answer. Rejects with `channel.failed`, retryable, where it takes too long or too many are worked on. */
  receive(receive: NonNullable<Channel["receive"]>, request: WebhookRequest): Promise<WebhookResponse>;
}

/** Makes a desk at which nothing is worked on. */
export function createWebhookDesk(name: string, clock: Clock): WebhookDesk {
  let running = 0;
  return {
    async receive(receive, request) {
      if (running >= mostRunning) throw toLater(`The channel ${name} works on ${mostRunning} requests; send this one again later.`);
      running += 1;
      const late = new AbortController();
      const { promise: never, reject } = Promise.withResolvers<never>();
      const callOff = clock.after(patienceMs, () => {
        const error = toLater(`The channel ${name} took longer than ${patienceMs / 1_000} s; send the request again later.`);
        late.abort(error);
        reject(error);
      });
      // It counts until it has ended, also where nobody waits for it any more.
      const answering = (async () => receive(request, late.signal))().finally(() => {
        running -= 1;
        callOff();
      });
      return Promise.race([answering, never]);
    },
  };
}

/** The error of a request that may be taken later. */
export function toLater(message: string): OmniError {
  return new OmniError("channel.failed", message, { retryable: true, retryAfterMs: laterMs });
}
