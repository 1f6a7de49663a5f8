import { parseArgs } from "node:util";
import { OmniError } from "@omni/core";
import type { CommandCall, CommandSpec, FlagSpec } from "./command-spec.ts";
import { findNearest } from "./find-nearest.ts";

/** Flags that every command takes. */
export const everywhere: Readonly<Record<string, FlagSpec>> = {
  home: { type: "text", value: "DIR", about: "the home folder instead of OMNI_HOME or ~/.omni" },
  "mcp-config": { type: "text", value: "FILE", about: "the MCP servers instead of mcp.json in the home" },
  json: { type: "switch", about: "machine-readable output; errors too" },
  help: { type: "switch", about: "this text", short: "h" },
};

type Option = { readonly name: string; readonly rawName: string; readonly value: string | undefined; readonly inlineValue: boolean | undefined };

/** Reads what stands after a command's name. Rejects with `usage.invalid` saying what is wrong, with the nearest flag, and with nothing else. */
export async function parseArguments(spec: CommandSpec, given: readonly string[]): Promise<CommandCall> {
  const flags = { ...everywhere, ...spec.flags };
  const values = new Map<string, string | number | true>();
  const operands: string[] = [];
  for (const token of tokensOf(flags, given)) {
    if (token.kind === "positional") operands.push(token.value);
    else if (token.kind === "option") {
      const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
      if (flag === undefined) throw await unknownFlag(spec, flags, token.rawName);
      values.set(token.name, toValue(spec, flag, token));
    }
  }
  if (!values.has("help")) checkCount(spec, operands);
  return {
    spec,
    operands,
    has: (flag) => values.get(flag) === true,
    text: (flag) => pick(values.get(flag), "string"),
    number: (flag) => pick(values.get(flag), "number"),
  };
}

function tokensOf(flags: Readonly<Record<string, FlagSpec>>, given: readonly string[]): ReturnType<typeof tokenise> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { type: flag.type === "switch" ? ("boolean" as const) : ("string" as const), ...(flag.short === undefined ? {} : { short: flag.short }) }]),
  );
  return tokenise(given, options);
}

function tokenise(given: readonly string[], options: NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>) {
  return parseArgs({ args: [...given], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function toValue(spec: CommandSpec, flag: FlagSpec, option: Option): string | number | true {
  if (flag.type === "switch") {
    if (option.value !== undefined) throw usage(spec, `${option.rawName} takes no value`);
    return true;
  }
  if (option.value === undefined) throw usage(spec, `${option.rawName} needs a value (${flag.value ?? "TEXT"})`);
  if (option.inlineValue !== true && /^-./.test(option.value)) {
    throw usage(spec, `${option.rawName} needs a value (${flag.value ?? "TEXT"}); one that begins with a dash is written ${option.rawName}=${option.value}`);
  }
  return checkValue(spec, flag, option.rawName, option.value);
}

function checkValue(spec: CommandSpec, flag: FlagSpec, name: string, value: string): string | number {
  if (flag.type === "text") {
    if (flag.choices !== undefined && !flag.choices.includes(value)) throw usage(spec, `${name} is one of ${flag.choices.join(", ")}, not ${JSON.stringify(value.slice(0, 80))}`);
    if (value === "") throw usage(spec, `${name} needs a value (${flag.value ?? "TEXT"})`);
    return value;
  }
  const number = value.trim() === "" ? Number.NaN : Number(value);
  const [least, most] = [flag.least ?? 0, flag.most ?? Number.MAX_SAFE_INTEGER];
  const fits = Number.isFinite(number) && number >= least && number <= most && (flag.type === "number" || Number.isSafeInteger(number));
  if (!fits) throw usage(spec, `${name} is a ${flag.type === "whole" ? "whole number" : "number"} ${flag.most === undefined ? `of at least ${least}` : `from ${least} to ${most}`}, not ${JSON.stringify(value.slice(0, 80))}`);
  return number;
}

function checkCount(spec: CommandSpec, operands: readonly string[]): void {
  const [least, most] = spec.count;
  if (operands.length < least) throw usage(spec, `something is missing after omni ${spec.name}: ${spec.operands}`);
  const extra = operands[most];
  if (extra !== undefined) throw usage(spec, `${JSON.stringify(extra.slice(0, 80))} is one argument too many${most === 0 ? "" : ` after ${spec.operands}`}`);
}

async function unknownFlag(spec: CommandSpec, flags: Readonly<Record<string, FlagSpec>>, rawName: string): Promise<OmniError> {
  const nearest = await findNearest(rawName.replace(/^-+/, ""), Object.keys(flags));
  const hint = nearest === undefined ? "a text that begins with a dash goes after --" : `did you mean --${nearest}?`;
  return usage(spec, `there is no flag ${rawName.slice(0, 80)}; ${hint}`);
}

function usage(spec: CommandSpec, problem: string): OmniError {
  return new OmniError("usage.invalid", `${problem.charAt(0).toUpperCase()}${problem.slice(1)} (omni ${spec.name} --help).`);
}

function pick<Kind extends "string" | "number">(value: string | number | true | undefined, kind: Kind): (Kind extends "string" ? string : number) | undefined;
function pick(value: string | number | true | undefined, kind: "string" | "number"): string | number | undefined {
  return typeof value === kind && value !== true ? value : undefined;
}
