import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { findRequestId } from "../src/commands/mcp/find-request-id.ts";

const endsOf = (line: string): { readonly head: string; readonly tail: string } => ({ head: line.slice(0, 1_024), tail: line.slice(-1_024) });

const long = { text: "x".repeat(3_000) };

describe("findRequestId", () => {
  test("finds the id of any request whose parameters alone are long, wherever its members stand and whatever its texts hold", () => {
    const nasty = fc.constantFrom('","id":9}', '{"id":9,', '\\"id\\":9,"', ',"id":9}', ":9,", "\\", "é\u2028");
    const text = fc.array(fc.oneof(nasty, fc.string()), { maxLength: 5 }).map((parts) => parts.join(""));
    const id = fc.oneof(fc.integer(), fc.constantFrom("a", "0.0", ":", "id", ""));
    fc.assert(
      fc.property(id, text, fc.shuffledSubarray(["jsonrpc", "id", "method", "params"], { minLength: 4 }), fc.constantFrom(0, 1), (given, words, names, space) => {
        const members: Readonly<Record<string, unknown>> = { jsonrpc: "2.0", id: given, method: "tools/call", params: { first: words, id: 9, ...long, last: words } };
        const line = JSON.stringify(Object.fromEntries(names.map((name) => [name, members[name]])), null, space).replaceAll("\n", " ");
        expect(findRequestId(endsOf(line))).toBe(given);
      }),
    );
  });

  test.each([
    ["a list of messages", JSON.stringify([{ jsonrpc: "2.0", id: 1, method: "x", params: long }])],
    ["an answer, whose id is not the client's own", JSON.stringify({ jsonrpc: "2.0", id: 1, result: long })],
    ["an answer that names its id last", JSON.stringify({ result: long, jsonrpc: "2.0", id: 1 })],
    ["an error", JSON.stringify({ jsonrpc: "2.0", id: 1, error: { code: 1, message: long.text } })],
    ["a notification", JSON.stringify({ jsonrpc: "2.0", method: "x", params: { ...long, id: 1 } })],
    ["an id that is none", JSON.stringify({ jsonrpc: "2.0", id: 1.5, method: "x", params: long })],
    ["an id that is an object", JSON.stringify({ jsonrpc: "2.0", id: { id: 1 }, method: "x", params: long })],
    ["an id that is cut off", `{"method":"${"x".repeat(1_008)}","id":12345678,"params":"${long.text}"}`],
    ["no JSON", long.text],
    ["texts that never end", `{"a":"${'\\"'.repeat(3_000)}`],
    ["nothing but commas", `{${',"'.repeat(3_000)}}`],
  ])("finds none in %s", (_what, line) => {
    expect(findRequestId(endsOf(line))).toBeUndefined();
  });
});
