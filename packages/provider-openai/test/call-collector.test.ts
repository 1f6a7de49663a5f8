import { describe, expect, it } from "vitest";
import type { CallDelta } from "../src/chunk.ts";
import { createCallCollector } from "../src/call-collector.ts";

function collect(...deltas: readonly Partial<CallDelta>[]): readonly (readonly [id: string, name: string, args: string])[] {
  const collector = createCallCollector();
  for (const delta of deltas) collector.add({ index: undefined, id: "", name: "", arguments: "", ...delta });
  return collector.calls().map((call) => [call.id, call.name, call.arguments] as const);
}

describe("createCallCollector", () => {
  it("joins the pieces of interleaved calls by their index", () => {
    expect(
      collect({ index: 0, id: "a", name: "one" }, { index: 1, id: "b", name: "two" }, { index: 0, arguments: '{"x"' }, { index: 1, arguments: "{}" }, { index: 0, arguments: ":1}" }),
    ).toEqual([
      ["a", "one", '{"x":1}'],
      ["b", "two", "{}"],
    ]);
  });

  it("tells calls apart that all come under index 0", () => {
    expect(collect({ index: 0, id: "a", name: "one", arguments: "{}" }, { index: 0, id: "b", name: "two", arguments: "[" }, { index: 0, arguments: "]" })).toEqual([
      ["a", "one", "{}"],
      ["b", "two", "[]"],
    ]);
  });

  it("tells calls apart that come without an index", () => {
    expect(collect({ id: "a", name: "one", arguments: "{" }, { id: "a", arguments: "}" }, { id: "b", name: "one", arguments: "{" }, { arguments: "}" }, { name: "two", arguments: "{}" })).toEqual([
      ["a", "one", "{}"],
      ["b", "one", "{}"],
      ["call_2", "two", "{}"],
    ]);
  });

  it("takes a name and an id that are repeated with every piece once", () => {
    expect(collect({ index: 0, id: "a", name: "one", arguments: "{" }, { index: 0, id: "a", name: "one", arguments: "}" })).toEqual([["a", "one", "{}"]]);
  });

  it("gives every call an id of its own", () => {
    const ids = collect({ index: 0, id: "x", name: "n" }, { index: 1, id: "x", name: "n" }, { index: 2, id: "x_1", name: "n" }, { index: 3, name: "n" }, { index: 4, id: "call_3", name: "n" }).map(([id]) => id);
    expect(ids).toEqual(["x", "x_1_", "x_1", "call_3_", "call_3"]);
  });
});
