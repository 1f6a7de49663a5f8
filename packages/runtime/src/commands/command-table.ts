import { OmniError } from "@omni/core";
import type { ChatCommand, CommandCall, CommandDesk } from "./chat-command.ts";
import { toBudgetLine } from "./budget-line.ts";
import { memoryCommands } from "./memory-commands.ts";
import { queueCommand, toModeLine } from "./queue-command.ts";
import { isBranch, toBranch } from "./session-branch.ts";
import { toEntrance, toSessionId } from "../session-id.ts";

/** Most sessions and tools that one answer lists. */
const mostListed = 20;

const help: ChatCommand = {
  name: "help",
  usage: "",
  does: "this list",
  effect: "read",
  run: async () => commandTable.map((each) => `/${each.name}${each.usage === "" ? "" : ` ${each.usage}`}: ${each.does}`).join("\n"),
};

const fresh: ChatCommand = {
  name: "new",
  usage: "",
  does: "begins a new session in this conversation; the old one stays and can be resumed",
  effect: "keyed",
  async run({ message, conversation, sessionId }, desk) {
    const next = toSessionId(toBranch(conversation, desk.newId()), message.origin);
    if (next === sessionId) return "The new session has begun.";
    await desk.conversations.moveTo(conversation, next);
    return `A new session begins. Go back with /resume ${sessionId}`;
  },
};

const stop: ChatCommand = {
  name: "stop",
  usage: "",
  does: "stops what runs and waits in this session",
  effect: "once",
  isUrgent: true,
  async run({ sessionId }, desk) {
    const open = await desk.unfinished(sessionId);
    const stopped = await Promise.all(open.toReversed().map((turn) => desk.cancel(turn.turnId)));
    const count = stopped.filter((each) => each).length;
    if (count === 0 && open.length > 0) return "What is open in this session ends by itself, or runs in another process; see /status.";
    return count === 0 ? "Nothing runs in this session." : `Stopped ${count === 1 ? "the turn" : `${count} turns`} of this session.`;
  },
};

const status: ChatCommand = {
  name: "status",
  usage: "",
  does: "the session, its model and what runs in it",
  effect: "read",
  async run({ sessionId }, desk) {
    const [numbers, shown, open, { model: chosen }, models, last] = await Promise.all([desk.session(sessionId), desk.shown(sessionId), desk.unfinished(sessionId), desk.conversations.chosenFor(sessionId), desk.models(), desk.lastTurn(sessionId)]);
    return [
      `session ${sessionId}: ${numbers?.totalTurns ?? 0} turns, ${numbers?.totalToolCalls ?? 0} tool calls`,
      `the model sees ${shown.turns} turns (${shown.tokens} tokens)`,
      `model: ${chosen ?? `${models[0] ?? "unknown"} (the default)`}`,
      await toModeLine(sessionId, desk),
      ...toBudgetLine(last),
      open.length === 0 ? "nothing runs" : `open turns: ${open.map((turn) => `${turn.turnId} (${turn.status})`).join(", ")}`,
    ].join("\n");
  },
};

/** The sessions of an entrance are for its people; a guest of a channel, who may not approve, sees those of the own conversation only. */
function maySee(sessionId: string, { message, conversation }: CommandCall): boolean {
  const { scopes } = message.principal;
  if (scopes.includes("admin")) return true;
  if (toEntrance(sessionId) !== message.origin) return false;
  const isGuest = message.conversation !== undefined && !scopes.includes("approve");
  return !isGuest || isBranch(sessionId, conversation);
}

const sessions: ChatCommand = {
  name: "sessions",
  usage: "",
  does: "the latest sessions",
  effect: "read",
  async run(call, desk) {
    const { sessionId } = call;
    const seen = (await desk.sessions(mostListed)).filter((each) => maySee(each.sessionId, call));
    if (seen.length === 0) return "There are no sessions yet.";
    return seen.map((each) => `${each.sessionId}${each.sessionId === sessionId ? " (this one)" : ""}: ${each.totalTurns} turns, ${new Date(each.updatedAt).toISOString().slice(0, 16).replace("T", " ")} UTC`).join("\n");
  },
};

const model: ChatCommand = {
  name: "model",
  usage: "[ID|default]",
  does: "shows or chooses the model of this session",
  effect: "keyed",
  async run({ sessionId, argument }, desk) {
    const models = await desk.models();
    if (argument === "") {
      const { model: chosen } = await desk.conversations.chosenFor(sessionId);
      return [`model: ${chosen ?? `${models[0] ?? "unknown"} (the default)`}`, ...(models.length > 1 ? [`on offer: ${models.slice(0, mostListed).join(", ")}${models.length > mostListed ? `, and ${models.length - mostListed} more` : ""}`] : [])].join("\n");
    }
    if (argument !== "default" && models.length > 0 && !models.includes(argument)) return `There is no model ${JSON.stringify(argument.slice(0, 80))} on offer; /model lists those there are.`;
    await desk.conversations.chooseModel(sessionId, argument === "default" ? undefined : argument);
    return argument === "default" ? "This session uses the default model again." : `This session uses ${argument} from now on.`;
  },
};

const tools: ChatCommand = {
  name: "tools",
  usage: "[WORD]",
  does: "the tools, or those with a word in their name",
  effect: "read",
  async run({ argument }, desk) {
    const found = desk.tools().filter((tool) => tool.name.includes(argument));
    if (found.length === 0) return `No tool has ${JSON.stringify(argument.slice(0, 80))} in its name.`;
    const lines = found.slice(0, mostListed).map((tool) => `${tool.name} (${tool.effect}): ${tool.description.split(/(?<=\.)\s/)[0] ?? ""}`);
    return [...lines, ...(found.length > mostListed ? [`and ${found.length - mostListed} more; name a word to see fewer`] : [])].join("\n");
  },
};

/** Answers the one ask that is open here, or the one that is named. */
async function decide(decision: "allow" | "always" | "deny", id: string, call: CommandCall, desk: CommandDesk): Promise<string> {
  const open = desk.asks().filter((each) => each.ask.kind === "approval" && (id === "" ? each.sessionId === call.sessionId : each.ask.askId === id && maySee(each.sessionId, call)));
  const [ask] = open;
  if (ask === undefined) return id === "" ? "Nothing waits for an approval in this session." : `There is no open approval ${JSON.stringify(id.slice(0, 80))}.`;
  if (open.length > 1) return `${open.length} calls wait; name one: ${open.map((each) => `${each.ask.askId} (${each.ask.tool})`).join(", ")}`;
  await desk.answer(ask.ask.askId, { decision }, call.message.principal);
  return decision === "deny" ? `Refused: ${ask.ask.tool}.` : `Approved${decision === "always" ? ", now and always" : ""}: ${ask.ask.tool}.`;
}

const approve: ChatCommand = {
  name: "approve",
  usage: "[always] [ID]",
  does: "lets the call run that waits for you",
  effect: "once",
  run(call, desk) {
    const words = call.argument.split(/\s+/).filter((word) => word !== "");
    const isAlways = words[0] === "always";
    return decide(isAlways ? "always" : "allow", words[isAlways ? 1 : 0] ?? "", call, desk);
  },
};

const deny: ChatCommand = {
  name: "deny",
  usage: "[ID]",
  does: "refuses the call that waits for you",
  effect: "once",
  run: (call, desk) => decide("deny", call.argument, call, desk),
};

const resume: ChatCommand = {
  name: "resume",
  usage: "SESSION",
  does: "goes on in another session in this conversation",
  effect: "keyed",
  async run(call, desk) {
    const { message, conversation, argument } = call;
    if (argument === "") return "Name the session to go on in; /sessions lists them.";
    const target = toSessionId(argument, message.origin);
    if (toEntrance(target) !== message.origin && !message.principal.scopes.includes("admin")) throw new OmniError("session.foreign", `The session ${JSON.stringify(target)} belongs to another entrance; it takes scope admin.`);
    // Whether it is there is not for everybody to know either.
    const found = maySee(target, call) ? await desk.session(target) : undefined;
    if (found === undefined) return `Nothing was said in a session ${target} yet; /sessions lists those there are.`;
    await desk.conversations.moveTo(conversation, target);
    return `This conversation goes on in ${target}, ${found.totalTurns} turns so far.`;
  },
};

const background: ChatCommand = {
  name: "bg",
  usage: "TASK",
  does: "works on a task in a session of its own",
  effect: "keyed",
  async run({ message, conversation, argument }, desk) {
    if (argument === "") return "Say what to work on: /bg TASK";
    const sessionId = toBranch(conversation, `bg-${desk.newId()}`);
    const { platformId, idempotency, ...rest } = message;
    // Under a key that follows from the message's own: a second delivery finds the task that runs. Keys from outside hold no space.
    const repeat = { ...(platformId === undefined ? {} : { platformId: `${platformId} bg` }), ...(idempotency === undefined ? {} : { idempotency: { ...idempotency, key: `${idempotency.key} bg` } }) };
    const { turnId } = await desk.submit({ ...rest, ...repeat, sessionId, text: argument, interactive: false });
    return `Working on it in the background (turn ${turnId}). See it with /resume ${sessionId}`;
  },
};

/** Every chat command, in the order help shows them. */
export const commandTable: readonly ChatCommand[] = [help, fresh, stop, status, sessions, model, queueCommand, ...memoryCommands, tools, approve, deny, resume, background];
