import type { Channel, Clock, OutboundMessage } from "@omni/core";
import { OmniError } from "@omni/core";

/** How long one send may take, milliseconds; after that its fate is not known. */
const sendMs = 30_000;

/** What a message is sent with. */
export interface SendParts {
  readonly channel: Pick<Channel, "send">;
  readonly clock: Clock;
  /** Stops sending; what is under way is then of unknown fate. */
  readonly signal: AbortSignal;
}

/** Sends one message, for at most half a minute: a platform that is silent holds nobody for ever. Rejects, retryable, where it surely was not taken. */
export async function sendMessage(message: OutboundMessage, { channel, clock, signal }: SendParts): Promise<{ readonly receipt: string }> {
  if (signal.aborted) throw new OmniError("gateway.draining", "Omni is stopping; the message was not sent.", { retryable: true });
  const late = new AbortController();
  const callOff = clock.after(sendMs, () => late.abort(new Error("The platform took too long.")));
  try {
    return await channel.send(message, AbortSignal.any([signal, late.signal]));
  } finally {
    callOff();
  }
}
