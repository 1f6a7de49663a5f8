import { OmniError } from "@omni/core";
import type { OmniErrorOptions } from "@omni/core";
import { describe, expect, it } from "vitest";
import { toRetryAfter, toWait } from "../src/retry.ts";

const at = (next: number): Parameters<typeof toWait>[3] => ({ random: { next: () => next, id: () => "", bytes: () => new Uint8Array() } });
const failed = (options: OmniErrorOptions = {}): OmniError => new OmniError("provider.unavailable", "The fake fails.", { retryable: true, ...options });

describe("toWait", () => {
  it("grows exponentially to a ceiling, with full jitter", () => {
    const longest = Array.from({ length: 8 }, (_, attempt) => toWait(failed(), attempt, 10, at(0.9999)));
    expect(longest).toEqual([500, 1000, 2000, 4000, 7999, 7999, 7999, 7999]);
    expect(toWait(failed(), 3, 10, at(0))).toBe(0);
    expect(toWait(failed(), 1, 10, at(0.5))).toBe(500);
  });

  it("ends with the retries, and never begins for what is not retryable", () => {
    expect(toWait(failed(), 2, 2, at(0))).toBeUndefined();
    expect(toWait(failed({ retryable: false }), 0, 2, at(0))).toBeUndefined();
  });

  it("keeps a server's wish up to a minute, and gives up beyond", () => {
    expect(toWait(failed({ retryAfterMs: 7_000 }), 0, 2, at(0.5))).toBe(7_250);
    expect(toWait(failed({ retryAfterMs: 60_000 }), 0, 2, at(0))).toBe(60_000);
    expect(toWait(failed({ retryAfterMs: 60_001 }), 0, 2, at(0))).toBeUndefined();
  });

  it("meets a stall with one more try only", () => {
    const stalled = new OmniError("provider.stalled", "Silence.", { retryable: true });
    expect(toWait(stalled, 0, 5, at(0))).toBe(0);
    expect(toWait(stalled, 1, 5, at(0))).toBeUndefined();
  });
});

describe("toRetryAfter", () => {
  const now = Date.parse("Tue, 24 Nov 2026 12:00:00 GMT");
  it.each([
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "Tue, 24 Nov 2026 12:00:30 GMT" }, 30_000],
    [{ "retry-after": "Tue, 24 Nov 2026 11:00:00 GMT" }, 0],
    [{ "retry-after": "-3" }, 0],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after-ms": "120", "retry-after": "7" }, 120],
    [{ "retry-after-ms": "x", "retry-after": "7" }, 7_000],
    [{}, undefined],
  ])("reads %j", (headers, expected) => {
    expect(toRetryAfter(new Headers(headers as Record<string, string>), now)).toBe(expected);
  });
});
