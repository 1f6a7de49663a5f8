import { OmniError } from "@omni/core";
import type { CommandSpec } from "./command-spec.ts";
import type { Terminal } from "./terminal.ts";
import { commands } from "./command-table.ts";
import { exitCodes } from "./exit-codes.ts";
import { findNearest } from "./find-nearest.ts";
import { parseArguments } from "./parse-arguments.ts";
import { reportError } from "./report-error.ts";
import { toCommandHelp, toOverview } from "./help.ts";

/** What the arguments ask for. `overview` is help on all commands or on one noun's. */
export type Choice =
  | { readonly kind: "command"; readonly spec: CommandSpec; readonly rest: readonly string[] }
  | { readonly kind: "overview"; readonly group?: string; readonly isAsked: boolean }
  | { readonly kind: "version" };

/** Runs what the arguments ask for and resolves with the exit code. It never rejects. */
export async function runCommandLine(terminal: Terminal, version: string): Promise<number> {
  const given = terminal.arguments;
  try {
    const code = await run(await chooseCommand(given), terminal, version);
    return await toFinalCode(code, terminal);
  } catch (error) {
    return reportError(error, terminal, wantsJson(given));
  }
}

async function run(choice: Choice, terminal: Terminal, version: string): Promise<number> {
  if (choice.kind === "version") {
    await terminal.output.write(`${version}\n`);
    return exitCodes.done;
  }
  if (choice.kind === "overview") {
    await (choice.isAsked ? terminal.output : terminal.errors).write(toOverview(commands, version, choice.group));
    return choice.isAsked ? exitCodes.done : exitCodes.usage;
  }
  const call = await parseArguments(choice.spec, choice.rest);
  if (call.has("help")) {
    await terminal.output.write(toCommandHelp(choice.spec));
    return exitCodes.done;
  }
  const body = await choice.spec.load();
  return body(call, { terminal, version });
}

/** A full disk behind stdout is a failure; a reader that went away is not. */
async function toFinalCode(code: number, terminal: Terminal): Promise<number> {
  const { failure } = terminal.output;
  if (failure === undefined || failure === "closed" || code !== exitCodes.done) return code;
  return reportError(new OmniError("files.full", `What was to be written on stdout could not be: ${failure}.`), terminal, false);
}

/** Finds the command among the arguments. Rejects with `usage.invalid` and the nearest name. */
export async function chooseCommand(given: readonly string[]): Promise<Choice> {
  const place = firstWord(given);
  const before = given.slice(0, place);
  const rest = given.slice(place + 1);
  const word = given[place];
  if (before.includes("--version") || before.includes("-v")) return { kind: "version" };
  const asksHelp = before.some(isHelp);
  if (word === undefined) return { kind: "overview", isAsked: asksHelp };
  if (word === "help") return chooseHelp(rest);
  return withFlags(await findCommand(word, rest), [...before.filter((each) => !isHelp(each)), ...(asksHelp ? ["--help"] : [])]);
}

/** Flags that stand before the command count as if they stood after it. */
function withFlags(choice: Choice, flags: readonly string[]): Choice {
  return choice.kind === "command" ? { ...choice, rest: [...flags, ...choice.rest] } : choice;
}

async function chooseHelp(words: readonly string[]): Promise<Choice> {
  const [word, ...rest] = words.filter((each) => !each.startsWith("-"));
  if (word === undefined) return { kind: "overview", isAsked: true };
  const choice = await findCommand(word, rest);
  return choice.kind === "command" ? { ...choice, rest: ["--help"] } : { ...choice, isAsked: true };
}

async function findCommand(word: string, rest: readonly string[]): Promise<Exclude<Choice, { kind: "version" }>> {
  if (word === "run" && beforeDashes(rest).includes("--gateway")) return findCommand("gateway", rest.filter((each) => each !== "--gateway"));
  const single = commands.find((spec) => spec.name === word);
  const group = commands.filter((spec) => spec.name.startsWith(`${word} `));
  if (single === undefined && group.length === 0) throw await unknownCommand(word, [...new Set(commands.map((spec) => spec.name.split(" ")[0] ?? ""))], "");
  const place = firstWord(rest);
  const second = rest[place];
  const spec = second === undefined ? undefined : group.find((each) => each.name === `${word} ${second}`);
  // One word may be a command and begin the names of others.
  if (single !== undefined && spec === undefined) return { kind: "command", spec: single, rest };
  if (second === undefined) return { kind: "overview", group: word, isAsked: rest.some(isHelp) };
  if (spec === undefined) throw await unknownCommand(second, group.map((each) => each.name.slice(word.length + 1)), ` ${word}`);
  return { kind: "command", spec, rest: rest.toSpliced(place, 1) };
}

async function unknownCommand(word: string, names: readonly string[], group: string): Promise<OmniError> {
  const nearest = await findNearest(word, names);
  const hint = nearest === undefined ? `there are ${names.join(", ")}` : `did you mean omni${group} ${nearest}?`;
  return new OmniError("usage.invalid", `There is no command omni${group} ${JSON.stringify(word.slice(0, 80))}; ${hint} (omni${group} --help)`);
}

/** Place of the first argument that is neither a flag of all commands nor its value; past the end when there is none. */
function firstWord(given: readonly string[]): number {
  for (let place = 0; place < given.length; place += 1) {
    const each = given[place] ?? "";
    if (each === "--home" || each === "--mcp-config") place += 1;
    else if (!each.startsWith("-") || each === "-") return place;
  }
  return given.length;
}

/** True when the arguments ask for machine-readable output, even where they cannot be understood otherwise. */
export function wantsJson(given: readonly string[]): boolean {
  return beforeDashes(given).includes("--json");
}

function beforeDashes(given: readonly string[]): readonly string[] {
  const place = given.indexOf("--");
  return place === -1 ? given : given.slice(0, place);
}

function isHelp(argument: string): boolean {
  return argument === "--help" || argument === "-h";
}
