import type { Line } from "../../line-reader.ts";
import type { McpRelay } from "./mcp-relay.ts";
import { findRequestId } from "./find-request-id.ts";
import { mostLineBytes } from "../../line-reader.ts";
import { toMessage, toRequestId } from "./mcp-message.ts";

/** Hands a line of a client on. One that cannot be read is refused, under its id where there is one to be found: whoever sent it waits for an answer. */
export function receiveLine(line: Line, relay: Pick<McpRelay, "receive" | "refuse">): void {
  if (line.kind === "too-long") return relay.refuse(-32_600, `The message has more than ${mostLineBytes} bytes and was skipped.`, findRequestId(line));
  if (line.text.trim() === "") return;
  const message = toMessage(line.text);
  if (message === "no-json") relay.refuse(-32_700, "The line is no JSON.");
  else if (message === undefined) relay.refuse(-32_600, "The line is no message: send one JSON object a line, with jsonrpc 2.0.", toRequestId(JSON.parse(line.text)));
  else relay.receive(message);
}
