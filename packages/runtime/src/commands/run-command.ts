import { toNearest } from "@omni/agent";
import type { TurnOutcome } from "@omni/core";
import type { CommandCall, CommandDesk } from "./chat-command.ts";
import type { IncomingMessage, TurnHandle } from "../runtime.ts";
import type { KeyedCommands } from "./keyed-commands.ts";
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

/** Runs a command and answers as a turn would, at once, and under one idempotency key once. An unknown one is answered with the nearest. */
export async function runCommand(command: { readonly name: string; readonly argument: string }, call: Omit<CommandCall, "argument">, { desk, keyed }: { readonly desk: CommandDesk; readonly keyed: KeyedCommands }): Promise<TurnHandle> {
  const { message, sessionId } = call;
  const known = commandTable.find((each) => each.name === command.name);
  const own = { ...desk, newId: createIds(message, desk) };
  const run = async (): Promise<string> => (known === undefined ? toUnknown(command.name) : known.run({ ...call, argument: command.argument }, own));
  return toAnswered(await keyed.once({ message, sessionId, turnId: own.newId(), effect: known?.effect ?? "read", isUrgent: known?.isUrgent === true, run }));
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
function toAnswered(outcome: TurnOutcome): TurnHandle {
  const { turnId, sessionId, output } = outcome;
  const all: readonly LiveEvent[] = [
    { id: "1.1", event: { type: "turn-start", turnId, sessionId, attempt: 1, at: 0 } },
    { id: "1.2", event: { type: "text-delta", text: output } },
    { id: "1.3", event: { type: "turn-end", ...outcome, tokens: 0, at: 0 } },
  ];
  async function* events(afterId?: string): AsyncGenerator<LiveEvent, void, undefined> {
    yield* all.slice(all.findIndex((each) => each.id === afterId) + 1);
  }
  return { turnId, sessionId, isRepeat: false, isCommand: true, outcome: Promise.resolve(outcome), events };
}
