import { Agent } from "node:http";
import { Socket } from "node:net";
import { createManualClock } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import type { HttpRequest } from "../../src/host/http-request.ts";
import { sendRequest } from "../../src/host/http-request.ts";

/** A request whose connection is what `connect` gives, or never comes. */
function toRequest(connect: () => Socket | undefined, more: Partial<HttpRequest> = {}): HttpRequest {
  const agent = new Agent();
  agent.createConnection = (() => connect()) as typeof agent.createConnection;
  return { url: new URL("http://127.0.0.1:9/"), method: "GET", headers: {}, body: undefined, signal: undefined, agent, clock: createManualClock(), ...more };
}

/** A socket that is being connected for ever. */
function createConnecting(): Socket {
  return Object.defineProperty(new Socket(), "connecting", { value: true });
}

async function errorOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("a request", () => {
  it("ends with its signal, also while there is no connection to end", async () => {
    const controller = new AbortController();
    const reason = new Error("stopped");
    const sent = errorOf(sendRequest(toRequest(() => undefined, { signal: controller.signal })));
    controller.abort(reason);
    expect(await sent).toBe(reason);
  });

  it("is given up where no answer begins in time, also while there is no connection", async () => {
    const clock = createManualClock();
    const sent = errorOf(sendRequest(toRequest(() => undefined, { clock, answerMs: 60_000 })));
    await clock.advance(60_000);
    expect(await sent).toMatchObject({ code: "egress.timeout", retryable: true });
  });

  it("says that no connection was made within ten seconds as the system would", async () => {
    const clock = createManualClock();
    const sent = errorOf(sendRequest(toRequest(createConnecting, { clock, answerMs: 60_000 })));
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(10_000);
    expect(await sent).toMatchObject({ code: "ETIMEDOUT", syscall: "connect" });
    expect(clock.pending).toBe(0);
  });
});
