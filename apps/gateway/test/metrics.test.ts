import { describe, expect, it } from "vitest";
import { OmniError } from "@omni/core";
import { openGateway, stalling } from "./support/open-gateway.ts";
import { createGatewayMetrics } from "../src/gateway-metrics.ts";
import { openListening } from "./support/open-listening.ts";
import { openSocket } from "./support/open-socket.ts";

/** A sample by its name with labels. */
function valueOf(text: string, sample: string): number | undefined {
  const line = text.split("\n").find((each) => each.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}

describe("GET /metrics", () => {
  it("counts requests by route and status, turns by their end, and shows what is open", async () => {
    const listening = await openListening();
    const { ask } = listening;
    await ask("POST /message", { body: { message: "a secret", session_id: "private" } });
    await ask("GET /turns/none");
    await ask("GET /asks", { token: "omni_wrong" });
    await openSocket(listening);
    const response = await ask("GET /metrics");
    const text = await response.text();
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    expect(valueOf(text, 'omni_http_requests_total{method="POST",route="/message",status="200"}')).toBe(1);
    expect(valueOf(text, 'omni_http_requests_total{method="GET",route="/turns/:id",status="404"}')).toBe(1);
    expect(valueOf(text, 'omni_http_turns_total{status="completed"}')).toBe(1);
    expect(valueOf(text, 'omni_http_refused_total{reason="token"}')).toBe(1);
    expect(valueOf(text, 'omni_http_request_seconds_bucket{route="/message",le="+Inf"}')).toBe(1);
    expect(valueOf(text, "omni_ready")).toBe(1);
    expect(valueOf(text, "omni_websockets_open")).toBe(1);
    expect(valueOf(text, "process_resident_memory_bytes")).toBeGreaterThan(0);
    expect(text).not.toMatch(/secret|private|omni_wrong/);
  });

  it("is in the text format throughout", async () => {
    const { ask } = await openGateway();
    await ask("GET /asks");
    for (const line of (await (await ask("GET /metrics")).text()).trimEnd().split("\n")) expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ \S.*|\w+(?:\{\w+="[^"\n]*"(?:,\w+="[^"\n]*")*\})? -?[\d.e+-]+)$/);
  });

  it("counts a turn that the store held up by its end", async () => {
    let isFull = true;
    let refused = 0;
    const { ask, runtime, host, place } = await openGateway({
      wrapStore: (store) => ({
        ...store,
        append: async (...given) => {
          if (!isFull) return store.append(...given);
          refused += 1;
          throw new OmniError("store.full", "no room", { retryable: true });
        },
      }),
    });
    await ask("POST /message?wait=false", { body: { message: "hi" } });
    const turnId = [...place.state.turns.keys()][0] ?? "";
    const settled = runtime.follow(turnId)?.outcome.catch((error: unknown) => error);
    let isHeldUp = false;
    void settled?.then(() => (isHeldUp = true));
    for (let step = 0; step < 100 && !isHeldUp; step += 1) await host.clock.advance(100);
    expect([await settled, refused > 1, await (await ask("GET /metrics")).text()]).toEqual([expect.objectContaining({ code: "store.full" }), true, expect.not.stringContaining("omni_http_turns_total{")]);
    isFull = false;
    const ended = runtime.follow(turnId)?.outcome;
    await host.clock.advance(60_000);
    expect(await ended).toMatchObject({ status: "completed" });
    const text = await (await ask("GET /metrics")).text();
    expect([valueOf(text, 'omni_http_turns_total{status="completed"}'), valueOf(text, 'omni_http_turns_total{status="parked"}')]).toEqual([1, undefined]);
  });

  it("shows a turn that was parked as such", async () => {
    const { ask, runtime } = await openGateway({ model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    const metrics = ask("GET /metrics");
    await ask("POST /message?wait=false", { body: { message: "hi" } });
    expect(await (await metrics).text()).not.toContain("omni_http_turns_total{");
    await runtime.close();
    expect(await (await ask("GET /metrics", { transport: "socket" })).text()).toContain('omni_http_turns_total{status="parked"} 1');
  });
});

describe("the counters", () => {
  it("do not grow with what clients make up", () => {
    const metrics = createGatewayMetrics();
    for (let index = 0; index < 1_000; index += 1) metrics.answered({ method: `M${index}`, route: "/asks", status: 405, milliseconds: index });
    const text = metrics.toText([]);
    expect(text.split("\n").length).toBeLessThan(30);
    expect(text).toContain('omni_http_requests_total{method="other",route="/asks",status="405"} 1000');
    expect(text).toContain('omni_http_request_seconds_bucket{route="/asks",le="0.5"} 501');
  });

  it("escape what a label may not hold", () => {
    expect(createGatewayMetrics().toText([{ name: "x", help: "y", values: [{ labels: { channel: 'a"\\\nb' }, value: 1 }] }])).toContain('x{channel="a\\"\\\\\\nb"} 1');
  });
});
