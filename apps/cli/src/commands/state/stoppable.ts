import { OmniError } from "@omni/core";
import type { Terminal } from "../../terminal.ts";
import { createCancellation } from "../../cancellation.ts";

/** Runs a body that the person can stop: what it made by then it takes away again. A second signal leaves at once. */
export async function stoppable<Result>(terminal: Terminal, body: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const cancellation = createCancellation(terminal);
  const stopping = new AbortController();
  cancellation.onAsked(() => stopping.abort(new OmniError("turn.cancelled", "It was stopped, and nothing was changed.")));
  try {
    return await body(stopping.signal);
  } finally {
    cancellation.close();
  }
}
