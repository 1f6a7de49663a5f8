import { join } from "node:path";
import type { JsonObject, JsonValue } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ConfigProblem, ConfigRequest } from "@omni/runtime";
import { checkConfig, createRegistry, editConfigText, loadConfig, prepareHome, readConfigText, toPlace, toConfigSchema, toHome, writeFileAtomically } from "@omni/runtime";
import { table } from "@omni/preset-default";
import type { CommandBody } from "../command-spec.ts";
import type { Terminal } from "../terminal.ts";
import { exitCodes } from "../exit-codes.ts";
import { getPlace, toShownConfig } from "../shown-config.ts";
import { toConfigRequest } from "../prepare-command.ts";
import { toErrorLine } from "../report-error.ts";

/** The schema's file, in the home. */
const schemaName = "omni.schema.json";

/** `omni config path`. */
export const showConfigPath: CommandBody = async (call, context) => {
  const path = join(toHome(toConfigRequest(call, context)), "omni.json");
  await context.terminal.output.write(call.has("json") ? `${JSON.stringify({ path })}\n` : `${path}\n`);
  return exitCodes.done;
};

/** `omni config schema`. */
export const showSchema: CommandBody = async (_, { terminal }) => {
  await terminal.output.write(`${JSON.stringify(await toConfigSchema(createRegistry(table)), null, 2)}\n`);
  return exitCodes.done;
};

/** `omni config validate`. */
export const validateConfig: CommandBody = async (call, context) => {
  const { terminal } = context;
  const request = toConfigRequest(call, context);
  const path = join(toHome(request), "omni.json");
  const problems = await checkConfig(request, createRegistry(table));
  const first = problems.find((problem) => problem.severity === "error");
  if (call.has("json")) {
    const error = first === undefined ? {} : { error: { code: "config.invalid", message: toProblemText(first, path) } };
    await terminal.output.write(`${JSON.stringify({ valid: first === undefined, path, problems, ...error })}\n`);
  }
  for (const problem of problems) await terminal.errors.write(`${toErrorLine(problem.severity === "error" ? "config.invalid" : "warning", toProblemText(problem, path))}\n`);
  if (first === undefined && !call.has("json")) await terminal.output.write(`${path} is valid.\n`);
  return first === undefined ? exitCodes.done : exitCodes.usage;
};

function toProblemText({ path: place, line, column, message }: ConfigProblem, path: string): string {
  const at = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
  return `${at}: ${place === undefined || place === "" ? "" : `${place}: `}${message}`;
}

/** `omni config get`: a text is printed as it is, anything else as JSON. */
export const getConfig: CommandBody = async (call, context) => {
  const { terminal } = context;
  const config = await loadConfig(toConfigRequest(call, context));
  const raw = (await readConfigText(config.path))?.value ?? {};
  const given = call.operands[0];
  const value = getPlace(toShownConfig(config, raw, terminal.env), given === undefined ? [] : toPlace(given));
  if (value === undefined) throw new OmniError("usage.invalid", `Nothing is set at ${JSON.stringify(given)}; omni config get shows all that is.`);
  await printValue(value, call.has("json"), terminal);
  return exitCodes.done;
};

async function printValue(value: JsonValue, isJson: boolean, { output }: Terminal): Promise<void> {
  if (isJson) return output.write(`${JSON.stringify({ value })}\n`);
  await output.write(`${typeof value === "string" ? value : JSON.stringify(value, null, 2)}\n`);
}

/** `omni config set`: nothing is written unless the configuration with it is one that a start would take. */
export const setConfig: CommandBody = async (call, context) => {
  const { terminal } = context;
  const [given = "", text = ""] = call.operands;
  const request = toConfigRequest(call, context);
  const home = toHome(request);
  const path = join(home, "omni.json");
  const place = toPlace(given);
  const value = toValue(text);
  const before = await readConfigText(path);
  const changed = await editConfigText(await withUse(before, place, request), place, value);
  const edited = before === undefined ? await editConfigText(changed, ["$schema"], `./${schemaName}`) : changed;
  await refuseMisfit(given, place, value, (overrides) => checkConfig({ ...request, overrides }, createRegistry(table)));
  await prepareHome({ home, state: join(home, "state"), workspace: join(home, "workspace") });
  // Beside the file, so that editors complete and check it; brought up to date with every change.
  await writeFileAtomically(join(home, schemaName), `${JSON.stringify(await toConfigSchema(createRegistry(table)), null, 2)}\n`);
  await writeFileAtomically(path, edited);
  if (call.has("json")) await terminal.output.write(`${JSON.stringify({ path, key: given, value })}\n`);
  else await terminal.errors.write(`${given} is set in ${path}.\n`);
  return exitCodes.done;
};

/** An option is one of an implementation: where the file names none, the one in force is named with it. */
async function withUse(file: Awaited<ReturnType<typeof readConfigText>>, place: readonly (string | number)[], request: ConfigRequest): Promise<string> {
  const text = file?.text ?? "";
  const [slot, key] = place;
  if (key !== "with" || !isSlot(slot) || typeof file?.value[slot] === "string" || getPlace(file?.value, [slot, "use"]) !== undefined) return text;
  const choice = (await loadConfig(request))[slot];
  return choice === false ? text : editConfigText(text, [slot, "use"], choice.use);
}

type Slot = "provider" | "memory" | "window" | "policy" | "store";

function isSlot(key: string | number | undefined): key is Slot {
  return key === "provider" || key === "memory" || key === "window" || key === "policy" || key === "store";
}

/** JSON where it is JSON, else the text as it stands. */
function toValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/** Judges the value by what an implementation says of its own options, which the file's schema does not know. What is wrong elsewhere is not this command's business. */
async function refuseMisfit(key: string, place: readonly (string | number)[], value: JsonValue, check: (overrides: JsonObject) => Promise<readonly ConfigProblem[]>): Promise<void> {
  const overrides = toNested(place, value);
  if (overrides === undefined) return;
  const isNear = ({ path = "" }: ConfigProblem): boolean => path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`) || (path !== "" && key.startsWith(`${path}.`));
  const problem = (await check(overrides)).find((each) => each.severity === "error" && isNear(each));
  if (problem !== undefined) throw new OmniError("config.invalid", `${problem.path ?? key}: ${problem.message}; nothing was changed.`);
}

/** An object with the value at a place; undefined where the place leads through a list. */
function toNested(place: readonly (string | number)[], value: JsonValue): JsonObject | undefined {
  const [key, ...rest] = place;
  if (typeof key !== "string") return undefined;
  const inner = rest.length === 0 ? value : toNested(rest, value);
  return inner === undefined ? undefined : { [key]: inner };
}
