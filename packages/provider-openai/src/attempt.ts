import type { Clock } from "@omni/core";
import { OmniError } from "@omni/core";
import type { OpenAITimeouts } from "./options.ts";
import { onAbort, toCancelled } from "./cancellation.ts";

/** One try of one call: its deadlines, and the one signal that ends it for whatever reason. */
export interface Attempt {
  /** Aborted with an `OmniError` as its reason: cancelled by the caller, or stalled. */
  readonly signal: AbortSignal;
  /** Says that the next bytes are waited for; the silence is timed until `arrived`. */
  waiting(): void;
  /** Says that bytes have come. */
  arrived(): void;
  /** Gives what only ends the connection formally a second; then the connection is closed. */
  linger(reading: Promise<void>): void;
  /** Stops the deadlines; a try that is not complete closes its connection. Idempotent. */
  end(isComplete: boolean): void;
}

/** What a try is made of. */
export interface AttemptParts {
  readonly clock: Clock;
  readonly timeouts: OpenAITimeouts;
  /** Scheme, host and port, for messages. */
  readonly origin: string;
}

/** Time for the last bytes of a body whose reply is whole already. They mostly come with it; a connection is not worth more. */
const lingerMs = 1_000;

function toOver(): OmniError {
  return new OmniError("turn.cancelled", "The model call is over.");
}

/** Begins a try: from now on the first byte has `connectMs` and `firstByteMs` together to come. */
export function beginAttempt(caller: AbortSignal, parts: AttemptParts): Attempt {
  const { clock, timeouts, origin } = parts;
  const controller = new AbortController();
  const stall = (milliseconds: number, what: string): (() => void) =>
    clock.after(milliseconds, () =>
      controller.abort(new OmniError("provider.stalled", `The model endpoint ${origin} ${what} for ${milliseconds / 1000} s; try again, or raise provider.with.timeouts for a slow model.`, { retryable: true })),
    );
  let callOff = stall(timeouts.connectMs + timeouts.firstByteMs, "sent nothing");
  let hasBegun = false;
  const unlink = onAbort([caller], () => controller.abort(toCancelled(caller)));
  return {
    signal: controller.signal,
    waiting() {
      if (hasBegun) callOff = stall(timeouts.idleMs, "went silent within a reply");
    },
    arrived() {
      hasBegun = true;
      callOff();
    },
    linger(reading) {
      const giveUp = clock.after(lingerMs, () => controller.abort(toOver()));
      void reading.finally(giveUp);
    },
    end(isComplete) {
      callOff();
      unlink();
      if (!isComplete) controller.abort(toOver());
    },
  };
}
