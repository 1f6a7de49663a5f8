import { toNearest } from "@omni/agent";
import type { TurnOutcome } from "@omni/core";
import type { CommandCall, CommandDesk } from "./chat-command.ts";
import type { IncomingMessage, TurnHandle } from "../runtime.ts";
import type { LiveEvent } from "../turn-stream.ts";
import { commandTable } from "./command-table.ts";
import { toSha256 } from "../sha256.ts";

/** A message that is a command: a slash and a word, then a space or nothing, so that a path is none. */
const form = /^\/([A-Za-z][A-Za-z-]*)(?:\s+([\s\S]*))?$/;

/** The command and its argument, or undefined for what is said to the assistant. */
export function toCommand(text: string): { readonly name: string; readonly argument: string } | undefined {
  const match = form.exec(text.trim());
  return match?.[1] === undefined ? undefined : { name: match[1].toLowerCase(), argument: (match[2] ?? "").trim() };
}

/** Runs a command and answers as a turn would, at once. An unknown one is answered with the nearest. */
export async function runCommand(command: { readonly name: string; readonly argument: string }, call: Omit<CommandCall, "argument">, desk: CommandDesk): Promise<TurnHandle> {
  const known = commandTable.find((each) => each.name === command.name);
  const own = { ...desk, newId: createIds(call.message, desk) };
  const output = known === undefined ? toUnknown(command.name) : await known.run({ ...call, argument: command.argument }, own);
  return toAnswered(output, { turnId: own.newId(), sessionId: call.sessionId });
}

/** Characters of an id that follows from a message: 128 bits. */
const idLength = 32;

/** New ids; where the message says which one it is, they follow from it, so that a second delivery does nothing more. */
function createIds({ origin, principal, platformId, idempotency }: IncomingMessage, desk: CommandDesk): () => string {
  const identity = platformId ?? idempotency?.key;
  if (identity === undefined) return desk.newId;
  let count = 0;
  return () => {
    count += 1;
    return toSha256(JSON.stringify([origin, principal.id, identity, count])).slice(0, idLength);
  };
}

function toUnknown(name: string): string {
  const nearest = toNearest(name, commandTable.map((each) => each.name));
  return `There is no command /${name.slice(0, 40)}.${nearest === undefined ? " /help lists them." : ` Did you mean /${nearest}?`}`;
}

/** The handle of something that has been answered already. */
function toAnswered(output: string, identity: { readonly turnId: string; readonly sessionId: string }): TurnHandle {
  const outcome: TurnOutcome = { status: "completed", ...identity, output, rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error: null };
  async function* events(): AsyncGenerator<LiveEvent, void, undefined> {
    yield { id: "1.1", event: { type: "text-delta", text: output } };
    yield { id: "1.2", event: { type: "turn-end", ...outcome, tokens: 0, at: 0 } };
  }
  return { ...identity, isRepeat: false, isCommand: true, outcome: Promise.resolve(outcome), events };
}
