import type { Channel, Clock, OutboundMessage } from "@omni/core";
import { OmniError } from "@omni/core";

/** How long one send may take, milliseconds; after that its fate is not known. */
const sendMs = 30_000;

/** How long a channel has to say what became of a send that was cut, milliseconds. */
const graceMs = 1_000;

/** What a message is sent with. */
export interface SendParts {
  readonly channel: Pick<Channel, "send">;
  readonly clock: Clock;
  /** Stops sending; what is under way is then of unknown fate. */
  readonly signal: AbortSignal;
}

/**
 * Sends one message, for at most half a minute: a platform that is silent holds
 * nobody for ever, nor does a channel that does not heed the signal. Rejects,
 * retryable, where it surely was not taken, and with `channel.failed` where the
 * channel does not say, a second after it was cut, what became of it.
 */
export async function sendMessage(message: OutboundMessage, { channel, clock, signal }: SendParts): Promise<{ readonly receipt: string }> {
  if (signal.aborted) throw new OmniError("gateway.draining", "Omni is stopping; the message was not sent.", { retryable: true });
  const late = new AbortController();
  const cut = AbortSignal.any([signal, late.signal]);
  const unheeded = Promise.withResolvers<never>();
  let callOff = clock.after(sendMs, () => late.abort(new Error("The platform took too long.")));
  const giveUp = (): void => {
    callOff();
    callOff = clock.after(graceMs, () => unheeded.reject(new OmniError("channel.failed", "The channel did not end a send that was stopped; it is not known whether the message was shown.", { cause: cut.reason })));
  };
  cut.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([channel.send(message, cut), unheeded.promise]);
  } finally {
    cut.removeEventListener("abort", giveUp);
    callOff();
  }
}
