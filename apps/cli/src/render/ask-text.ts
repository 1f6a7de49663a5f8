import type { Reply } from "@omni/runtime";
import type { ShownAsk } from "../turn-service.ts";
import { toSafeTerminalText } from "./safe-text.ts";

/** Most characters of arguments that are shown before a person approves. */
const mostArguments = 8_000;

/** What a person is asked, and the line they type after it. */
export function toAskText(ask: ShownAsk): string {
  if (ask.kind === "question") {
    const choices = (ask.choices ?? []).map((choice, index) => `  ${index + 1}  ${choice}`);
    return toSafeTerminalText([ask.question ?? "The tool asks something.", ...choices, "> "].join("\n"));
  }
  const args = JSON.stringify(ask.arguments, null, 2);
  const shown = args.length > mostArguments ? `${args.slice(0, mostArguments)}\n… ${args.length - mostArguments} more characters` : args;
  return toSafeTerminalText(`${ask.tool} wants to run with ${shown}\n${ask.reason}\n[y]es once / [n]o / [a]lways: `);
}

/** What the line means; undefined where it must be asked again. No line at all (end of input) is no. */
export function toReply(ask: ShownAsk, line: string | undefined): Reply | undefined {
  const word = line?.trim() ?? "";
  if (ask.kind === "question") {
    const choices = ask.choices ?? [];
    const chosen = /^\d+$/.test(word) ? choices[Number(word) - 1] : choices.find((choice) => choice.toLowerCase() === word.toLowerCase());
    if (chosen !== undefined) return { answer: chosen };
    return line === undefined ? { answer: "" } : word === "" ? undefined : { answer: word };
  }
  switch (word.toLowerCase()) {
    case "y":
    case "yes":
      return { decision: "allow" };
    case "a":
    case "always":
      return { decision: "always" };
    case "n":
    case "no":
    case "":
      return { decision: "deny" };
    default:
      return undefined;
  }
}
