import type { TurnEndStatus } from "@omni/core";

/** What the gateway counts about itself. Labels come from closed lists only, so that no client can make it grow. */
export interface GatewayMetrics {
  /** A request was answered: the route's path, or `none`. */
  answered(request: { readonly method: string; readonly route: string; readonly status: number; readonly milliseconds: number }): void;
  /** A turn that came in here has ended. */
  turnEnded(status: TurnEndStatus | "parked"): void;
  /** Somebody was refused before the route. */
  refused(reason: "token" | "signature" | "rate"): void;
  /** Everything counted so far in the text format of Prometheus, after `gauges` that are read at this moment. */
  toText(gauges: readonly Gauge[]): string;
}

/** A value as it is at this moment. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly type?: "gauge" | "counter";
  readonly values: readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Upper bounds of the classes of durations, in seconds. */
const bounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300];

const methods = new Set(["GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"]);

interface Durations {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Makes counters that stand at nothing. */
export function createGatewayMetrics(): GatewayMetrics {
  const requests = new Map<string, number>();
  const durations = new Map<string, Durations>();
  const turns = new Map<string, number>();
  const refusals = new Map<string, number>();
  return {
    answered({ method, route, status, milliseconds }) {
      raise(requests, toLabels({ method: methods.has(method) ? method : "other", route, status: String(status) }));
      const known = durations.get(route) ?? { counts: bounds.map(() => 0), sum: 0, count: 0 };
      durations.set(route, known);
      const seconds = milliseconds / 1_000;
      bounds.forEach((bound, index) => {
        if (seconds <= bound) known.counts[index] = (known.counts[index] ?? 0) + 1;
      });
      known.sum += seconds;
      known.count += 1;
    },
    turnEnded: (status) => raise(turns, toLabels({ status })),
    refused: (reason) => raise(refusals, toLabels({ reason })),
    toText(gauges) {
      const counted = (name: string, help: string, counts: ReadonlyMap<string, number>): string => toFamily({ name, help, type: "counter" }, [...counts].map(([labels, value]) => `${name}${labels} ${value}`));
      return [
        ...gauges.map((gauge) => toFamily({ type: "gauge", ...gauge }, gauge.values.map(({ labels, value }) => `${gauge.name}${toLabels(labels ?? {})} ${value}`))),
        counted("omni_http_requests_total", "Requests answered, by route and status.", requests),
        toFamily({ name: "omni_http_request_seconds", help: "Time until the head of the answer.", type: "histogram" }, [...durations].flatMap(([route, each]) => toHistogram(route, each))),
        counted("omni_http_turns_total", "Turns that came in here and ended, by how they ended.", turns),
        counted("omni_http_refused_total", "Requests refused for their token, their signature, or their rate.", refusals),
      ].join("");
    },
  };
}

function raise(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1);
}

function toFamily({ name, help, type }: { readonly name: string; readonly help: string; readonly type: string }, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
}

function toHistogram(route: string, { counts, sum, count }: Durations): readonly string[] {
  const name = "omni_http_request_seconds";
  const classes = bounds.map((bound, index) => `${name}_bucket${toLabels({ route, le: String(bound) })} ${counts[index] ?? 0}`);
  return [...classes, `${name}_bucket${toLabels({ route, le: "+Inf" })} ${count}`, `${name}_sum${toLabels({ route })} ${sum}`, `${name}_count${toLabels({ route })} ${count}`];
}

function toLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
