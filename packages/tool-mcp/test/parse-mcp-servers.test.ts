import { expect, it } from "vitest";
import fc from "fast-check";
import { mcpToolOptions, parseMcpServers } from "../src/index.ts";
import { scanJson } from "../src/json-positions.ts";

it("servers of every transport are read, their type written out, and variables left as they are", () => {
  const { servers, warnings } = parseMcpServers(
    JSON.stringify({
      mcpServers: {
        files: { command: "npx", args: ["-y", "server"], env: { ROOT: "${HOME}" }, cwd: "x", timeoutMs: 5, idleTimeoutMs: 6, disabled: true, trusted: true },
        web: { url: "https://example.org/mcp", headers: { Authorization: "Bearer ${KEY}" } },
        odd: { type: "streamable-http", url: "${WHERE}" },
        old: { type: "sse", url: "http://127.0.0.1:1/sse" },
      },
    }),
    "mcp.json",
  );
  expect(warnings).toEqual([]);
  expect(servers.map(({ name, definition }) => [name, definition["type"]])).toEqual([["files", "stdio"], ["web", "http"], ["odd", "http"], ["old", "sse"]]);
  expect(servers[0]?.definition).toMatchObject({ command: "npx", env: { ROOT: "${HOME}" }, idleTimeoutMs: 6, trusted: true });
});

it("an entry that is broken is left out with its place, and the others stay", () => {
  const text = `{
  "mcpServers": {
    "good": { "command": "a", "colour": "red" },
    "both": { "command": "a", "url": "http://b" },
    "none": {},
    "wrong": { "command": "a",
      "args": "not a list" },
    "text": "a",
    "ftp": { "url": "ftp://a" },
    "mixed": { "type": "http", "command": "a" },
    "": { "command": "a" }
  }
}`;
  const { servers, warnings } = parseMcpServers(text, "/home/mcp.json");
  expect(servers.map((server) => server.name)).toEqual(["good"]);
  expect(warnings).toEqual([
    '/home/mcp.json:3:31: server "good": colour is no key of a server and is ignored',
    '/home/mcp.json:4:5: server "both" is left out: expected a command or a url, found both',
    '/home/mcp.json:5:5: server "none" is left out: expected a command (a program to start) or a url (an address)',
    '/home/mcp.json:7:7: server "wrong" is left out: args: expected a list of texts',
    '/home/mcp.json:8:5: server "text" is left out: expected an object with a command or a url',
    '/home/mcp.json:9:14: server "ftp" is left out: url: expected an address that begins with http:// or https://',
    '/home/mcp.json:10:16: server "mixed" is left out: a server of type http needs a url',
    "/home/mcp.json:11:5: a server without a name is left out",
  ]);
});

it.each([
  ["", 'mcp.json:1:1: expected a value, found the end of the file'],
  ['{\n  "mcpServers": {,}\n}', 'mcp.json:2:18: expected a key in double quotes, found ","'],
  ['{"mcpServers": {}', "mcp.json:1:18: expected a comma or a closing brace }, found the end of the file"],
  ['{"a": tru}', 'mcp.json:1:7: expected a value, found "t"'],
  ['{"a": "\\x"}', 'mcp.json:1:8: expected an escape that JSON knows, found "\\\\"'],
  ["[]", 'mcp.json:1:1: expected an object with the key "mcpServers"'],
  ['{"servers": {}}', 'mcp.json:1:1: expected the key "mcpServers" with an object of servers by name'],
  ["{} x", 'mcp.json:1:4: expected the end of the file, found "x"'],
  ["[".repeat(5_000), 'mcp.json:1:202: expected less nesting, found "["'],
])("a file that is broken has no servers and one warning: %#", (text, warning) => {
  expect(parseMcpServers(text, "mcp.json")).toEqual({ servers: [], warnings: [warning], entries: [], problem: warning });
});

it("the scanner finds fault with exactly the texts that are no JSON", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.nat(), fc.string({ maxLength: 1 }), (json, at, character) => {
      const index = at % (json.length + 1);
      for (const text of [json, json.slice(0, index) + character + json.slice(index + 1)]) {
        const isJson = ((): boolean => {
          try {
            JSON.parse(text);
            return true;
          } catch {
            return false;
          }
        })();
        const scan = scanJson(text);
        expect(scan.problem === undefined && scan.isPlain, text).toBe(isJson);
        if (isJson) expect(scan.value).toEqual(JSON.parse(text));
      }
    }),
  );
});

it("any JSON at all gives servers or warnings and never an error", () => {
  const entry = fc.record({ command: fc.jsonValue(), url: fc.jsonValue(), args: fc.jsonValue(), type: fc.constantFrom("stdio", "http", "sse", "x", 1) }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ mcpServers: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), entry)) })), (value) => {
      const { servers } = parseMcpServers(JSON.stringify(value), "mcp.json");
      for (const { name, definition } of servers) expect(() => mcpToolOptions.parse({ name, ...definition })).not.toThrow();
    }),
  );
});

it("options have their defaults, and a wrong value is named", () => {
  expect(mcpToolOptions.parse({ name: "a", command: "b" })).toEqual({ name: "a", type: "stdio", command: "b", args: [], env: {}, inheritedEnv: {}, headers: {}, timeoutMs: 120_000, disabled: false, trusted: false });
  expect(() => mcpToolOptions.parse({ name: "a", command: "b", timeoutMs: 0 })).toThrow(/server a: timeoutMs: expected a whole number/);
  expect(() => mcpToolOptions.parse({ command: "b" })).toThrow(/name .* is missing/);
  expect(() => mcpToolOptions.parse({ name: "a", command: "b", inheritedEnv: { A: 1 } })).toThrow(/inheritedEnv/);
  expect(() => mcpToolOptions.parse(3)).toThrow(/no object/);
});

it("comments and a comma behind the last member are taken, and their places counted", () => {
  const text = `// mine
{
  /* all
     of them */
  "mcpServers": {
    "one": { "command": "a" /* **/, "args": ["x", ], }, // the first
    "two": {},
  },
}`;
  const { servers, warnings } = parseMcpServers(text, "mcp.json");
  expect(servers).toEqual([{ name: "one", definition: { type: "stdio", command: "a", args: ["x"] } }]);
  expect(warnings).toEqual([expect.stringMatching(/^mcp\.json:7:5: server "two" is left out/)]);
});

it("a text that only a file for people may be is told from plain JSON", () => {
  expect(["{}", "// x\n{}", "{} /* x */", '{"a":1,}', "[1,]"].map((text) => scanJson(text).isPlain)).toEqual([true, false, false, false, false]);
});

it("every entry is told in order, usable or not, with its own faults", () => {
  const { entries, problem } = parseMcpServers('{ "mcpServers": { "b": {}, "a": { "command": "x", "odd": 1 }, "": { "command": "x" } } }', "mcp.json");
  expect(problem).toBeUndefined();
  expect(entries.map(({ name, definition, faults }) => [name, definition !== undefined, faults.length])).toEqual([["b", false, 1], ["a", true, 1], ["", false, 1]]);
});
