import { toDay } from "@omni/agent";
import type { MemoryStats } from "@omni/core";
import type { ChatCommand, CommandCall } from "./chat-command.ts";
import { toBudgetLine } from "./budget-line.ts";

/** Most memories one answer lists, and characters of one. */
const mostListed = 8;
const mostCharacters = 240;

/** Said where memory is turned off. */
const off = 'Memory is turned off; take "memory": false out of omni.json to use it.';

const memory: ChatCommand = {
  name: "memory",
  usage: "[WORDS]",
  does: "what is remembered here that fits the words, or how much is remembered in all",
  effect: "read",
  async run({ message, sessionId, argument }, desk) {
    if (argument === "") {
      const [stats, last] = await Promise.all([desk.memoryStats(), desk.lastTurn(sessionId)]);
      return stats === undefined ? off : [toStatsText(stats), ...toBudgetLine(last)].join("\n");
    }
    const found = await desk.recall(argument, { sessionId, message, limit: mostListed });
    if (found === undefined) return off;
    if (found.length === 0) return "Nothing that is remembered here fits these words.";
    return found.map(({ episode, score }) => `${score.toFixed(2)} ${toDay(episode.at)} ${episode.kind} ${episode.id}: ${toShort(episode.text)}`).join("\n");
  },
};

const feedback: ChatCommand = {
  name: "feedback",
  usage: "up|down",
  does: "says whether the last answer helped, so that what it was based on is preferred or not",
  effect: "once",
  async run(call: CommandCall, desk) {
    const word = call.argument.trim().toLowerCase();
    if (word !== "up" && word !== "down") return "Say /feedback up or /feedback down.";
    const turn = await desk.lastTurn(call.sessionId);
    if (turn === undefined) return "There is no answer in this session yet.";
    const isCounted = await desk.feedback(turn, word === "up" ? 1 : 0);
    const { length } = turn.ids;
    if (length === 0) return "Noted. The last answer used no memories, so there is nothing to learn from it.";
    if (!isCounted) return "That answer was counted already, by an earlier /feedback or by what its tools came to, and stays as it is.";
    return `Noted for ${length === 1 ? "the memory" : `the ${length} memories`} that the last answer was shown.`;
  },
};

const compact: ChatCommand = {
  name: "compact",
  usage: "",
  does: "sums up all but the newest turns of this session; the transcript stays",
  effect: "keyed",
  async run({ sessionId }, desk) {
    const { turns, episodes } = await desk.compact(sessionId);
    if (turns === 0) return "There is nothing to sum up yet.";
    return `Summed up ${turns} turns${episodes === 0 ? "" : ` and remembered ${episodes} pieces of them`}. The transcript is still whole.`;
  },
};

/** Chat commands on what is remembered. */
export const memoryCommands: readonly ChatCommand[] = [memory, feedback, compact];

function toStatsText(stats: MemoryStats): string {
  return [`remembered: ${stats.episodes} in all sessions`, stats.embedder === null ? "found by words alone: there is no embedder" : `found by words and by ${stats.embedder}`].join("\n");
}

function toShort(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= mostCharacters ? line : `${line.slice(0, mostCharacters - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
