import { describe, expect, it } from "vitest";
import type { Effect, ToolResultEvent } from "@omni/core";
import { createRepeatGuard } from "../src/repeat-guard.ts";

const result = (text: string, status: ToolResultEvent["status"] = "completed"): Pick<ToolResultEvent, "status" | "content"> => ({ status, content: [{ type: "text", text }] });
const same = (text: string): string => text;
const call = (effect: Effect, args = { path: "a" }): { name: string; arguments: { path: string }; effect: Effect } => ({ name: "a.b", arguments: args, effect });

describe("createRepeatGuard", () => {
  it("stops the call that comes after the limit of identical ones", () => {
    const guard = createRepeatGuard(3, same);
    for (let count = 0; count < 3; count += 1) {
      expect(guard.mayRun("a.b", { path: "a" })).toBe(true);
      guard.settled(call("once"), result("no", "failed"));
    }
    expect(guard.mayRun("a.b", { path: "a" })).toBe(false);
    expect(guard.mayRun("a.b", { path: "b" })).toBe(true);
  });

  it("takes arguments as equal whatever the order of their keys", () => {
    const guard = createRepeatGuard(1, same);
    guard.settled({ name: "a.b", arguments: { x: 1, y: 2 }, effect: "once" }, result("done"));
    expect(guard.mayRun("a.b", { y: 2, x: 1 })).toBe(false);
  });

  it("counts a read anew when its result has changed", () => {
    const guard = createRepeatGuard(2, same);
    for (const text of ["1", "2", "3", "4"]) {
      expect(guard.mayRun("a.b", { path: "a" })).toBe(true);
      guard.settled(call("read"), result(text));
    }
    guard.settled(call("read"), result("4"));
    expect(guard.mayRun("a.b", { path: "a" })).toBe(false);
  });

  it("does not take a failure in other words for progress", () => {
    const guard = createRepeatGuard(2, same);
    for (const text of ["failed (request 1)", "failed (request 2)"]) {
      expect(guard.mayRun("a.b", { path: "a" })).toBe(true);
      guard.settled(call("read"), result(text, "failed"));
    }
    expect(guard.mayRun("a.b", { path: "a" })).toBe(false);
  });

  it("does not take a changed result of a call with effects for progress", () => {
    const guard = createRepeatGuard(2, same);
    guard.settled(call("once"), result("1"));
    guard.settled(call("once"), result("2"));
    expect(guard.mayRun("a.b", { path: "a" })).toBe(false);
  });

  it("keeps the digest of a result alone, so that those of one digest are the same", () => {
    const guard = createRepeatGuard(2, () => "one for all");
    for (const text of ["1", "2"]) guard.settled(call("read"), result(text));
    expect(guard.mayRun("a.b", { path: "a" })).toBe(false);
  });

  it("does not take another id, under which the whole of the same result is kept, for progress", () => {
    const guard = createRepeatGuard(2, same);
    for (const id of ["k1", "k2"]) guard.settled(call("read"), { ...result(`head [... the rest is in ${id} ...] tail`), checkpointId: id });
    expect(guard.mayRun("a.b", { path: "a" })).toBe(false);
  });
});
