import { expect, it } from "vitest";
import fc from "fast-check";
import { editMcpServers, parseMcpServers } from "../src/index.ts";
import { scanJson } from "../src/json-positions.ts";

const definition = { command: "x", args: ["y"] };

it("an empty text becomes a file with one server", () => {
  expect(editMcpServers("", "mcp.json", "one", definition)).toBe('{\n  "mcpServers": {\n    "one": {\n      "command": "x",\n      "args": [\n        "y"\n      ]\n    }\n  }\n}\n');
});

it("a server is put behind the others, and comments, order, layout and foreign keys stay", () => {
  const before = `{
\t// what I use
\t"theme": "dark",
\t"mcpServers": {
\t\t"b": { "command": "b" }, // first
\t\t"a": { "url": "http://a" } // last
\t}
}
// the end }
`;
  const after = editMcpServers(before, "mcp.json", "new", { command: "c" });
  expect(after).toBe(before.replace('"http://a" } // last\n', '"http://a" }, // last\n\t\t"new": {\n\t\t\t"command": "c"\n\t\t}\n'));
  expect(editMcpServers(after, "mcp.json", "new", undefined)).toBe(before);
});

it("a server that is there is replaced where it stands", () => {
  const before = '{ "mcpServers": { "a": { "command": "old" }, "b": {} } }';
  expect(scanJson(editMcpServers(before, "mcp.json", "a", { command: "new" })).value).toEqual({ mcpServers: { a: { command: "new" }, b: {} } });
  expect(editMcpServers(before, "mcp.json", "a", { command: "new" })).toMatch(/"b": \{\} \} \}$/);
});

it("the last and the only server are removed with their commas", () => {
  expect(editMcpServers('{"mcpServers":{"a":{},"b":{},}}', "m", "b", undefined)).toBe('{"mcpServers":{"a":{},}}');
  expect(editMcpServers('{"mcpServers":{"a":{},}}', "m", "a", undefined)).toBe('{"mcpServers":{}}');
  expect(editMcpServers('{"mcpServers":{"a":{},"b":{}}}', "m", "a", undefined)).toBe('{"mcpServers":{"b":{}}}');
  expect(editMcpServers('{"mcpServers":{"a":{}}}', "m", "z", undefined)).toBe('{"mcpServers":{"a":{}}}');
});

it("removing a server keeps what is said about the others, and takes every one of its name", () => {
  const text = `{
  "mcpServers": {
    // about a
    "a": {}, // a too
    // about b
    "b": {} /* b too */ ,
    // about c
    "c": {}
  }
}`;
  expect(editMcpServers(text, "m", "a", undefined)).toBe(text.replace('    "a": {}, // a too', "    // a too"));
  expect(editMcpServers(text, "m", "b", undefined)).toBe(text.replace('    "b": {} /* b too */ ,\n', ""));
  expect(editMcpServers(text, "m", "c", undefined)).toBe(text.replace("b too */ ,", "b too */ ").replace('    "c": {}\n', ""));
  expect(editMcpServers('{"mcpServers":{"a":1, "b":{}, "a":{}}}', "m", "a", undefined)).toBe('{"mcpServers":{"b":{} }}');
});

it.each([
  ['{\n "mcpServers": {,} }', /^m:2:17: expected a key in double quotes.*nothing was changed/],
  ["[]", /^m:1:1: expected an object/],
  ['{ "mcpServers": [] }', /^m:1:3: expected an object of servers/],
])("a file that is broken is not touched: %#", (text, message) => {
  expect(() => editMcpServers(text, "m", "a", definition)).toThrow(expect.objectContaining({ code: "config.invalid", message: expect.stringMatching(message) }));
});

it("whatever the file and the name, one server is set and removed again, and nothing else changes", () => {
  const name = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString", "a.b", '"', "\\"));
  const file = fc.record({ before: fc.jsonValue(), mcpServers: fc.dictionary(name, fc.jsonValue()), "a}b": fc.jsonValue() }, { requiredKeys: [] });
  fc.assert(
    fc.property(file, name, fc.constantFrom(undefined, 2, "\t"), (value, key, indent) => {
      const text = JSON.stringify(value, null, indent);
      const others = Object.entries(value.mcpServers ?? {}).filter(([each]) => each !== key);
      const set = scanJson(editMcpServers(text, "m", key, definition));
      expect(set.problem).toBeUndefined();
      const expected = JSON.parse(JSON.stringify({ ...value, mcpServers: {} })) as { mcpServers: object };
      const table = (set.value as { mcpServers: object }).mcpServers;
      expect({ ...(set.value as object), mcpServers: {} }).toEqual(expected);
      expect(Object.entries(table).filter(([each]) => each !== key)).toEqual(JSON.parse(JSON.stringify(others)));
      expect(Object.getOwnPropertyDescriptor(table, key)?.value).toEqual(definition);
      const removed = editMcpServers(editMcpServers(text, "m", key, definition), "m", key, undefined);
      expect(Object.hasOwn((scanJson(removed).value as { mcpServers: object }).mcpServers, key)).toBe(false);
      expect(parseMcpServers(removed, "m").problem).toBeUndefined();
    }),
  );
});
