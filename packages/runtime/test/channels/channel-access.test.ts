import { describe, expect, it } from "vitest";
import { takeAccess } from "../../src/channels/channel-access.ts";

describe("takeAccess", () => {
  it("lets nobody talk without a list, and with an empty one", () => {
    for (const given of [{}, { allow: [] }]) {
      const { access } = takeAccess("rooms", given);
      for (const sender of ["1", "", "*", "owner"]) expect(access.principalOf(sender)).toBeUndefined();
    }
  });

  it("lets whoever is named talk and approve, and never makes anybody an owner", () => {
    const { access } = takeAccess("rooms", { allow: ["p1"] });
    expect(access.principalOf("p1")).toEqual({ id: "rooms:p1", scopes: ["read", "chat", "approve"] });
    for (const sender of ["P1", "p1 ", " p1", "p", "p11", "", "*"]) expect(access.principalOf(sender)).toBeUndefined();
  });

  it("makes guests of everybody by a star, and more only of those who are named beside it", () => {
    const { access } = takeAccess("rooms", { allow: ["*", "p1"] });
    expect(access.principalOf("p2")).toEqual({ id: "rooms:p2", scopes: ["read", "chat"] });
    expect(access.principalOf("p1")?.scopes).toContain("approve");
  });

  it("takes a sender who calls himself star for anybody, not for everybody", () => {
    expect(takeAccess("rooms", { allow: ["*"] }).access.principalOf("*")?.scopes).toEqual(["read", "chat"]);
    expect(takeAccess("rooms", { allow: ["p1"] }).access.principalOf("*")).toBeUndefined();
  });

  it("takes numbers as the ids they are, groups with a minus included", () => {
    const { access } = takeAccess("rooms", { allow: [123456, -1_001_234_567_890] });
    expect(access.principalOf("123456")?.id).toBe("rooms:123456");
    expect(access.principalOf("-1001234567890")?.id).toBe("rooms:-1001234567890");
    expect(access.principalOf("0123456")).toBeUndefined();
  });

  it("refuses names, fractions, numbers that are not exact, and what is no id, and says which", () => {
    for (const odd of ["@ada", "", " 12", "12 ", 1.5, 2 ** 60, true, null, ["1"], { id: "1" }]) {
      expect(() => takeAccess("rooms", { allow: ["1", odd] })).toThrow(expect.objectContaining({ code: "config.invalid", message: expect.stringContaining("channels.rooms.with.allow[1]") }));
    }
  });

  it("refuses what is no list", () => {
    for (const odd of ["123456", 123456, null, true, { p1: true }]) expect(() => takeAccess("rooms", { allow: odd })).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });

  it("gives the channel its own options and keeps the list for itself", () => {
    expect(takeAccess("rooms", { allow: ["1"], url: "http://127.0.0.1" }).options).toEqual({ url: "http://127.0.0.1" });
  });
});
