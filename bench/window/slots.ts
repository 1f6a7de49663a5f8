import { performance } from "node:perf_hooks";
import type { SessionWindow } from "@omni/core";
import { createRingWindow, ringWindowOptions } from "@omni/window-ring";
import type { Row } from "../report.ts";
import { median } from "../measure.ts";
import { toRow } from "../report.ts";

const small = 1_000;
const large = 100_000;
const samples = 41;

/** What a slot costs when it is appended, and what the newest cost to read, as the history grows. */
export function measureSlots(): readonly Row[] {
  const few = fill(small);
  const many = fill(large);
  // A warm-up, so that neither is measured before it is compiled.
  timeAppends(fill(small));
  const appends = timePairs(() => timeAppends(few), () => timeAppends(many));
  const reads = timePairs(() => timeReads(few), () => timeReads(many));
  return [
    toRow("append of a slot at 100,000 turns ÷ at 1,000", { value: appends.ratio, bound: 2, unit: "×", detail: `${appends.large.toFixed(0)} and ${appends.small.toFixed(0)} ns` }),
    toRow("the newest 20 slots at 100,000 turns ÷ at 1,000", { value: reads.ratio, bound: 2, unit: "×", detail: `${reads.large.toFixed(0)} and ${reads.small.toFixed(0)} ns` }),
  ];
}

function timePairs(timeSmall: () => number, timeLarge: () => number): { readonly small: number; readonly large: number; readonly ratio: number } {
  const pairs = Array.from({ length: samples }, () => ({ small: timeSmall(), large: timeLarge() }));
  return { small: median(pairs.map((pair) => pair.small)), large: median(pairs.map((pair) => pair.large)), ratio: median(pairs.map((pair) => pair.large / pair.small)) };
}

function fill(turns: number): SessionWindow {
  const window = createRingWindow(ringWindowOptions.parse({})).open("bench:window", { totalTurns: 0, totalToolCalls: 0, slots: [] });
  for (let turn = 0; turn < turns; turn += 1) window.append(toSlot(`t${turn}`));
  return window;
}

let appended = 0;

/** Nanoseconds of one append. */
function timeAppends(window: SessionWindow): number {
  const count = 200;
  const slots = Array.from({ length: count }, () => toSlot(`a${(appended += 1)}`));
  const start = performance.now();
  for (const slot of slots) window.append(slot);
  return ((performance.now() - start) * 1e6) / count;
}

/** Nanoseconds of one look at the newest. */
function timeReads(window: SessionWindow): number {
  const count = 1_000;
  const start = performance.now();
  for (let read = 0; read < count; read += 1) window.recent(20);
  return ((performance.now() - start) * 1e6) / count;
}

function toSlot(turnId: string): Parameters<SessionWindow["append"]>[0] {
  return { turnId, checkpointId: turnId, toolCalls: 2, tokens: 500, at: 1 };
}
