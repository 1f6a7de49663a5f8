import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNameTable } from "../src/name-table.ts";

describe("createNameTable", () => {
  it("writes dots as two underscores and reads them back", () => {
    const table = createNameTable(["files.read", "omni.discover"]);
    expect(table.toWire("files.read")).toBe("files__read");
    expect(table.fromWire("files__read")).toBe("files.read");
  });

  it("keeps names apart that would meet, and lets the one that fits keep itself", () => {
    const table = createNameTable(["a.b", "a__b"]);
    expect(table.toWire("a__b")).toBe("a__b");
    expect(table.toWire("a.b")).toMatch(/^a__b_[0-9a-f]{8}$/);
    expect([table.fromWire(table.toWire("a.b")), table.fromWire("a__b")]).toEqual(["a.b", "a__b"]);
  });

  it("takes names of earlier calls whose tools are no longer on offer", () => {
    const table = createNameTable(["files.read"]);
    expect(table.toWire("gone.tool")).toBe("gone__tool");
    expect(table.toWire("")).toMatch(/^_[0-9a-f]{8}$/);
  });

  it("gives a name it does not know back as the model wrote it", () => {
    const table = createNameTable(["files.read", "näme.x"]);
    expect(table.fromWire("Files__Read")).toBe("Files__Read");
    expect(table.fromWire("files.read")).toBe("files.read");
    expect(table.fromWire("no_such")).toBe("no_such");
  });

  it("knows a tool whose wire name is hashed by its dotted name too", () => {
    const table = createNameTable([`${"x".repeat(70)}.y`]);
    expect(table.fromWire(`${"x".repeat(70)}__y`)).toBe(`${"x".repeat(70)}.y`);
  });

  it("maps any set of names both ways, onto names the wire takes", () => {
    const name = fc.oneof(fc.string({ maxLength: 90, unit: "grapheme" }), fc.stringMatching(/^[ab._]{1,6}$/), fc.stringMatching(/^[a-z]{30,80}$/));
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 30 }), (names) => {
        const table = createNameTable(names);
        const wires = names.map(table.toWire);
        expect(new Set(wires).size).toBe(names.length);
        for (const wire of wires) expect(wire).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        expect(wires.map(table.fromWire)).toEqual(names);
      }),
    );
  });
});
