import { describe, expect, it } from "vitest";
import { toEntrance, toSessionId } from "../src/session-id.ts";

describe("toSessionId", () => {
  it.each([
    ["notes", "cli", "cli:notes"],
    ["cli:notes", "http", "cli:notes"],
    ["telegram:123:7", "http", "telegram:123:7"],
    ["Größe", "cli", "cli:Größe"],
  ])("takes %j from %s as %s", (given, entrance, expected) => {
    expect(toSessionId(given, entrance)).toBe(expected);
  });

  it.each(["", ":x", "cli:", "Cli:x", "cli:a\u0000b", " cli:a", "cli:a ", "cli:\ud800", `cli:${"x".repeat(300)}`, "../x:y", "cli:a\nb"])("refuses %j", (given) => {
    expect(() => toSessionId(given, "cli")).toThrow(expect.objectContaining({ code: "session.invalid" }));
  });

  it("keeps apart ids that differ in case or in composition only", () => {
    expect(toSessionId("cli:A", "cli")).not.toBe(toSessionId("cli:a", "cli"));
    expect(toSessionId("cli:\u00e9", "cli")).not.toBe(toSessionId("cli:e\u0301", "cli"));
  });
});

describe("toEntrance", () => {
  it("is what stands before the first colon", () => {
    expect(toEntrance("telegram:123:7")).toBe("telegram");
  });
});
