import type { Message, ModelRequest } from "@omni/core";

/** Names of tools as the wire has them, and back. Each request has its own. */
export interface Names {
  toWire(name: string): string;
  fromWire(name: string): string;
}

/** Most characters that are kept of a name; there is room for a number behind them. */
const mostCharacters = 56;

/** Makes the table of a request: letters, digits, `_` and `-`, as most wires take them, and no two the same. */
export function createNames({ tools, messages }: Pick<ModelRequest, "tools" | "messages">): Names {
  const wires = new Map<string, string>();
  const names = new Map<string, string>();
  for (const name of [...tools.map((tool) => tool.name), ...messages.flatMap(namesIn)]) {
    if (wires.has(name)) continue;
    const plain = name.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, mostCharacters);
    let wire = plain;
    for (let number = 2; names.has(wire); number += 1) wire = `${plain}_${number}`;
    wires.set(name, wire);
    names.set(wire, name);
  }
  return { toWire: (name) => wires.get(name) ?? name, fromWire: (wire) => names.get(wire) ?? wire };
}

/** The request in the wire's names. */
export function toWired(request: ModelRequest, { toWire }: Names): ModelRequest {
  const tools = request.tools.map((tool) => ({ ...tool, name: toWire(tool.name) }));
  const messages = request.messages.map((message): Message => {
    if (message.role === "assistant") return { ...message, toolCalls: message.toolCalls.map((call) => ({ ...call, name: toWire(call.name) })) };
    return message.role === "tool" ? { ...message, name: toWire(message.name) } : message;
  });
  return { ...request, tools, messages };
}

function namesIn(message: Message): readonly string[] {
  if (message.role === "assistant") return message.toolCalls.map(({ name }) => name);
  return message.role === "tool" ? [message.name] : [];
}
