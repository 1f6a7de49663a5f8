import type { Gauge } from "../gateway-metrics.ts";
import type { GatewayParts, Route } from "../route.ts";

const contentType = "text/plain; version=0.0.4; charset=utf-8";

/** Numbers for whoever watches over it. No label names a session, a person or a token. */
export const metricsRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/metrics",
    auth: "bearer",
    scopes: ["read"],
    about: "Numbers about the gateway, for Prometheus",
    answers: { 200: { about: "In the text format.", contentType: "text/plain" } },
    handle: (_call, gateway) => new Response(gateway.metrics.toText(toGauges(gateway)), { headers: { "content-type": contentType } }),
  },
];

function toGauges({ runtime, sockets, isReady }: GatewayParts): readonly Gauge[] {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const one = (name: string, help: string, value: number, type: Gauge["type"] = "gauge"): Gauge => ({ name, help, type, values: [{ value }] });
  return [
    one("omni_ready", "1 while messages are taken.", isReady() ? 1 : 0),
    one("omni_uptime_seconds", "Since the process began.", process.uptime()),
    one("omni_asks_open", "Questions that wait for a person.", runtime.asks().length),
    one("omni_websockets_open", "WebSockets that are open.", sockets.size),
    { name: "omni_channel_up", help: "1 where a channel is connected.", values: runtime.channels().map(({ name, state }) => ({ labels: { channel: name }, value: state === "receiving" ? 1 : 0 })) },
    one("process_resident_memory_bytes", "Memory that the process holds.", rss),
    one("process_heap_bytes", "Memory of its objects.", heapUsed),
    one("process_cpu_seconds_total", "Processor time it took.", (user + system) / 1_000_000, "counter"),
  ];
}
