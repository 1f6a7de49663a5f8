import { expect, test } from "vitest";
import type { Line } from "../src/line-reader.ts";
import { receiveLine } from "../src/commands/mcp/receive-line.ts";

/** What became of a line. */
function receive(line: Line): readonly unknown[] {
  const told: unknown[] = [];
  receiveLine(line, { receive: (message) => void told.push(message), refuse: (code, _message, id) => void told.push([code, id]) });
  return told;
}

const lines: readonly (readonly [string, readonly unknown[]])[] = [
  ['{"jsonrpc":"2.0","id":1,"method":"ping"}', [{ jsonrpc: "2.0", id: 1, method: "ping" }]],
  ["  ", []],
  ["{", [[-32_700, undefined]]],
  ["[]", [[-32_600, undefined]]],
  ['{"jsonrpc":"1.0","id":"a","method":"ping"}', [[-32_600, "a"]]],
  ['{"jsonrpc":"2.0","id":3,"method":7}', [[-32_600, 3]]],
  ['{"jsonrpc":"2.0","id":1.5,"method":"ping"}', [[-32_600, undefined]]],
  ['{"jsonrpc":"1.0","id":4,"result":{}}', [[-32_600, undefined]]],
];

test.each(lines)("a line %s is handed on, or refused under its id", (text, expected) => {
  expect(receive({ kind: "line", text })).toEqual(expected);
});

test("a line that is too long is refused under its id, at whichever end that stands", () => {
  expect(receive({ kind: "too-long", head: '{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"text":"xx', tail: 'xx"}}' })).toEqual([[-32_600, 5]]);
  expect(receive({ kind: "too-long", head: '{"method":"tools/call","params":{"text":"xx', tail: 'xx"},"jsonrpc":"2.0","id":"b"}' })).toEqual([[-32_600, "b"]]);
  expect(receive({ kind: "too-long", head: "xx", tail: "xx" })).toEqual([[-32_600, undefined]]);
});
