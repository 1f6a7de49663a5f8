import { describe, expect, it } from "vitest";
import type { ModelEvent, ModelRequest, Provider } from "@omni/core";
import { OmniError } from "@omni/core";
import { createManualClock, createRecordingLog, createScriptedProvider } from "@omni/testkit/fakes";
import { askSummary } from "../../src/consolidation/ask-summary.ts";

const request: ModelRequest = { system: "Sum up.", messages: [], tools: [] };
const reason = new OmniError("gateway.draining", "Omni is stopping.", { retryable: true });

/** A summary that is asked of a provider which heeds no signal: it goes on as `stream` does. */
function asking(stream: () => AsyncGenerator<ModelEvent, void, undefined>) {
  const clock = createManualClock();
  const stop = new AbortController();
  const provider: Provider = { ...createScriptedProvider(), stream };
  const summary = askSummary(request, { provider, hooks: [], clock, log: createRecordingLog() }, { sessionId: "s", turnId: "t", signal: stop.signal });
  return { clock, stop, summary };
}

describe("a model that never answers", () => {
  async function* silent(): AsyncGenerator<ModelEvent, void, undefined> {
    yield { type: "text-delta", text: "{" };
    await new Promise(() => undefined);
  }

  it("is left behind soon after a stop", async () => {
    const { clock, stop, summary } = asking(silent);
    const told = expect(summary).rejects.toBe(reason);
    await clock.advance(1_000);
    stop.abort(reason);
    await clock.advance(500);
    await told;
    expect(clock.pending).toBe(0);
  });

  it("is given up after ten minutes, and asked another time", async () => {
    const { clock, summary } = asking(silent);
    const told = expect(summary).rejects.toMatchObject({ code: "provider.stalled", retryable: true });
    await clock.advance(601_000);
    await told;
    expect(clock.pending).toBe(0);
  });
});

describe("a model that never comes to an end", () => {
  it("is told to end when it is left behind", async () => {
    let isEnded = false;
    const { clock, stop, summary } = asking(async function* () {
      try {
        for (;;) {
          await new Promise<void>((resolve) => void setImmediate(resolve));
          yield { type: "text-delta", text: "word " };
        }
      } finally {
        isEnded = true;
      }
    });
    const told = expect(summary).rejects.toBe(reason);
    await clock.advance(0);
    stop.abort(reason);
    await clock.advance(500);
    await told;
    for (let looks = 0; looks < 10; looks += 1) await new Promise<void>((resolve) => void setImmediate(resolve));
    expect(isEnded).toBe(true);
  });
});
