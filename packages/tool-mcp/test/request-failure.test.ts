import { McpError } from "@modelcontextprotocol/sdk/types.js";
import { expect, it } from "vitest";
import { cutMark, toHttpStatus, toRequestFailure } from "../src/request-failure.ts";

it.each(["Not connected", "upstream said (HTTP 503)", "no such row (HTTP 404)", "Error POSTing to endpoint (HTTP 404): gone"])("the words of a server's own error decide nothing: %s", (words) => {
  const error = new McpError(-32_603, words);
  expect(toRequestFailure(error, { isOpen: true })).toMatchObject({ fate: "answered", message: words, isFinal: false });
  expect(toHttpStatus(error)).toBeUndefined();
});

it("an error that stands in for an answer leaves the request lost", () => {
  expect(toRequestFailure(new McpError(-32_000, "Connection closed"), { isOpen: false, reason: "exit code 9" })).toMatchObject({ fate: "lost", message: "exit code 9", isFinal: true });
  expect(toRequestFailure(new McpError(-32_000, "?", { kind: cutMark }), { isOpen: true })).toMatchObject({ fate: "lost", isFinal: false });
});

it("a status is read where the transport puts it, and not from what the server sent", () => {
  expect(toRequestFailure(new Error("Error POSTing to endpoint (HTTP 503): no such page (HTTP 404)"), { isOpen: true })).toMatchObject({ fate: "lost" });
  expect(toRequestFailure(new SyntaxError('Unexpected token, "gone (HTTP 404)" is not valid JSON'), { isOpen: true })).toMatchObject({ fate: "lost" });
  expect(toRequestFailure(Object.assign(new Error("Streamable HTTP error: Unexpected content type: (HTTP 404)"), { code: -1 }), { isOpen: true })).toMatchObject({ fate: "lost" });
  expect(toRequestFailure(Object.assign(new Error("Streamable HTTP error: Error POSTing to endpoint: x"), { code: 404 }), { isOpen: true })).toMatchObject({ fate: "unsent", isFinal: true });
});

it("what never left is unsent, and only where all of the words say so", () => {
  expect(toRequestFailure(new Error("Not connected"), { isOpen: false })).toMatchObject({ fate: "unsent", isFinal: true });
  expect(toRequestFailure(new Error("the page says: Not connected"), { isOpen: true })).toMatchObject({ fate: "lost" });
});
