import { describe, expect, test } from "vitest";
import type { McpMessage } from "../src/commands/mcp/mcp-message.ts";
import type { OpenUpstream, UpstreamEvents } from "../src/commands/mcp/mcp-relay.ts";
import { createMcpRelay } from "../src/commands/mcp/mcp-relay.ts";
import { toMessage } from "../src/commands/mcp/mcp-message.ts";

const initialize: McpMessage = { jsonrpc: "2.0", id: 0, method: "initialize", params: {} };
const initialized: McpMessage = { jsonrpc: "2.0", method: "notifications/initialized" };

/** Lets everything that waits go on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A relay whose servers are in the test's hand, one after the other. */
function openRelay(servers = 3) {
  const told: McpMessage[] = [];
  const opened: { readonly first: McpMessage; readonly sent: McpMessage[]; readonly events: UpstreamEvents; closed: boolean }[] = [];
  const open: OpenUpstream = async (first, events) => {
    if (opened.length === servers) throw new Error("no more servers");
    const server = { first, sent: [] as McpMessage[], events, closed: false };
    opened.push(server);
    return { answer: { jsonrpc: "2.0", ...(first.id === undefined ? {} : { id: first.id }), result: {} }, upstream: { send: (message) => server.sent.push(message), close: async () => void (server.closed = true) } };
  };
  return { relay: createMcpRelay({ open, tell: (message) => told.push(message as McpMessage) }), told, opened };
}

async function openBegun() {
  const all = openRelay();
  all.relay.receive(initialize);
  all.relay.receive(initialized);
  await settled();
  all.told.length = 0;
  return all;
}

describe("a relay", () => {
  test("opens nothing before initialize, and refuses every other request until then, and a second one", async () => {
    const { relay, told, opened } = openRelay();
    relay.receive({ jsonrpc: "2.0", id: 7, method: "tools/list" });
    expect([opened.length, told]).toEqual([0, [{ jsonrpc: "2.0", id: 7, error: { code: -32_600, message: "Begin with an initialize request." } }]]);
    relay.receive(initialize);
    relay.receive(initialize);
    await settled();
    expect([opened.length, told.slice(1)]).toEqual([1, [expect.objectContaining({ id: 0, error: expect.anything() }), { jsonrpc: "2.0", id: 0, result: {} }]]);
  });

  test("answers a ping before initialize itself, and hands on those after it", async () => {
    const { relay, told, opened } = openRelay();
    relay.receive({ jsonrpc: "2.0", id: "p", method: "ping" });
    expect([opened.length, told]).toEqual([0, [{ jsonrpc: "2.0", id: "p", result: {} }]]);
    relay.receive(initialize);
    relay.receive({ jsonrpc: "2.0", id: 1, method: "ping" });
    await settled();
    expect(opened.map(({ sent }) => sent)).toEqual([[{ jsonrpc: "2.0", id: 1, method: "ping" }]]);
  });

  test("hands messages on in their order, and tells what comes back", async () => {
    const { relay, told, opened } = await openBegun();
    for (const id of [1, "a"]) relay.receive({ jsonrpc: "2.0", id, method: "tools/list" });
    await settled();
    expect(opened[0]?.sent).toEqual([initialized, { jsonrpc: "2.0", id: 1, method: "tools/list" }, { jsonrpc: "2.0", id: "a", method: "tools/list" }]);
    opened[0]?.events.told({ jsonrpc: "2.0", id: "a", result: { tools: [] } });
    expect(told).toEqual([{ jsonrpc: "2.0", id: "a", result: { tools: [] } }]);
  });

  test("answers with an error what a server had not when it went away, and goes on with another", async () => {
    const { relay, told, opened } = await openBegun();
    relay.receive({ jsonrpc: "2.0", id: 1, method: "tools/call" });
    await settled();
    opened[0]?.events.lost();
    await settled();
    expect(told).toEqual([{ jsonrpc: "2.0", id: 1, error: { code: -32_000, message: expect.stringContaining("Whether a call had its effect is unknown") } }, { jsonrpc: "2.0", method: "notifications/tools/list_changed" }]);
    expect([opened[1]?.first, opened[1]?.sent]).toEqual([{ ...initialize, id: "omni-1" }, [initialized]]);
    relay.receive({ jsonrpc: "2.0", id: 2, method: "tools/list" });
    await settled();
    expect(opened[1]?.sent).toHaveLength(2);
    // The first one is heard no more, whatever it says.
    opened[0]?.events.told({ jsonrpc: "2.0", id: 2, result: {} });
    opened[0]?.events.lost();
    expect([told.length, opened.length]).toEqual([2, 2]);
  });

  test("takes no answer to a form of one server for an answer to that of another", async () => {
    const { relay, told, opened } = await openBegun();
    const form: McpMessage = { jsonrpc: "2.0", id: 0, method: "elicitation/create", params: {} };
    opened[0]?.events.told(form);
    opened[0]?.events.lost();
    await settled();
    opened[1]?.events.told(form);
    const names = told.filter(({ method }) => method === "elicitation/create").map(({ id }) => id);
    expect(new Set(names).size).toBe(2);
    for (const id of names) relay.receive({ jsonrpc: "2.0", ...(id === undefined ? {} : { id }), result: { action: id === names[0] ? "accept" : "decline" } });
    relay.receive({ jsonrpc: "2.0", id: 0, result: { action: "accept" } });
    await settled();
    expect(opened[1]?.sent.filter(({ method }) => method === undefined)).toEqual([{ jsonrpc: "2.0", id: 0, result: { action: "decline" } }]);
  });

  test("ends once everything is answered, cancelled requests aside, and answers forms that nobody can answer any more", async () => {
    const { relay, told, opened } = await openBegun();
    for (const id of [1, 2]) relay.receive({ jsonrpc: "2.0", id, method: "tools/call" });
    await settled();
    opened[0]?.events.told({ jsonrpc: "2.0", id: 0, method: "elicitation/create", params: {} });
    let hasEnded = false;
    const end = relay.end().then(() => (hasEnded = true));
    opened[0]?.events.told({ jsonrpc: "2.0", id: 1, method: "elicitation/create", params: {} });
    relay.receive({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } });
    await settled();
    expect([hasEnded, opened[0]?.sent.filter(({ method }) => method === undefined).map(({ id }) => id)]).toEqual([false, [0, 1]]);
    opened[0]?.events.told({ jsonrpc: "2.0", id: 2, result: {} });
    await end;
    expect(told.map(({ id }) => id)).toEqual(["0.0", 2]);
  });

  test("fails when there is no other server", async () => {
    const { relay, opened } = openRelay(1);
    relay.receive(initialize);
    await settled();
    opened[0]?.events.lost();
    await expect(relay.failed).rejects.toThrow("no more servers");
  });

  test("closes the server it has", async () => {
    const { relay, opened } = await openBegun();
    await relay.close();
    expect(opened.map(({ closed }) => closed)).toEqual([true]);
  });
});

describe("toMessage", () => {
  test.each([["{", "no-json"], ["[]", undefined], ['"x"', undefined], ["null", undefined], ['{"jsonrpc":"1.0","id":1,"method":"x"}', undefined], ['{"jsonrpc":"2.0"}', undefined], ['{"jsonrpc":"2.0","id":1.5,"method":"x"}', undefined], ['{"jsonrpc":"2.0","id":1,"method":"x","params":[]}', undefined]])("takes %j for no message", (text, expected) => {
    expect(toMessage(text)).toEqual(expected);
  });
});
