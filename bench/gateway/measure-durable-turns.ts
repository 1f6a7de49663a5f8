import type { Row } from "../report.ts";
import type { BenchPlace } from "./programs.ts";
import { drive } from "./drive.ts";
import { median } from "../measure.ts";
import { startGateway } from "./programs.ts";
import { toRow } from "../report.ts";

/** Durable turns a second without a model leg: the provider answers in the gateway's own process. */
export async function measureDurableTurns(place: BenchPlace, seconds: number): Promise<readonly Row[]> {
  const gateway = await startGateway(place, { memory: false, isInstant: true });
  try {
    const rates: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const { rate } = await drive(gateway, { sessions: 64, seconds, name: `instant-${round}` });
      if (round > 0) rates.push(rate);
    }
    return [toRow("milliseconds of one durable turn at 64 sessions, provider in process", { value: 1_000 / median(rates), bound: 1_000 / 1_500, unit: "ms", detail: `${median(rates).toFixed(0)} turns a second` })];
  } finally {
    await gateway.stop();
  }
}
