import { describe, expect, it } from "vitest";
import type { OmniErrorCode, TurnOutcome } from "@omni/core";
import { errorCodes } from "@omni/core";
import { statusOfError, statusOfOutcome } from "../src/status-of-error.ts";

const codes = Object.keys(errorCodes) as OmniErrorCode[];

function outcomeWith(status: TurnOutcome["status"], code: OmniErrorCode | null): TurnOutcome {
  return { status, sessionId: "http:default", turnId: "t1", output: "", rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error: code === null ? null : { code, message: "x" } };
}

describe("the status of a turn that has ended", () => {
  it("is that of its error where it failed, but never one that asks to come again, nor success", () => {
    const isOwn = (status: number): boolean => status >= 400 && status !== 429 && status !== 503;
    for (const code of codes) expect([code, statusOfOutcome(outcomeWith("failed", code))]).toEqual([code, isOwn(statusOfError[code]) ? statusOfError[code] : 500]);
    expect(["store.full", "store.busy", "files.full", "request.too-many"].map((code) => statusOfOutcome(outcomeWith("failed", code as OmniErrorCode)))).toEqual([500, 500, 500, 500]);
  });

  it("is 200 where it completed, was cancelled or ran out of rounds, and 504 where it ran out of time", () => {
    const ends = [outcomeWith("completed", null), outcomeWith("cancelled", "turn.cancelled"), outcomeWith("limited", "turn.limited"), outcomeWith("limited", "turn.timeout")];
    expect(ends.map(statusOfOutcome)).toEqual([200, 200, 200, 504]);
  });
});
