import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { JsonObject } from "@omni/core";
import { OmniError } from "@omni/core";
import { loadServerFiles } from "@omni/preset-default";
import type { CommandBody, CommandCall } from "../../command-spec.ts";
import type { Terminal } from "../../terminal.ts";
import { exitCodes } from "../../exit-codes.ts";
import { readEditedFile } from "./edited-file.ts";
import { toErrorLine } from "../../report-error.ts";
import { toRepeated } from "./repeated-flag.ts";

/** Most characters of a server's name. */
const mostCharacters = 64;

/** `omni mcp servers add`: writes one server, and starts nothing. */
export const addServer: CommandBody = async (call, context) => {
  const { terminal } = context;
  const [name = "", ...words] = call.operands;
  checkName(name);
  const definition = toDefinition(call, words, terminal.arguments);
  const files = await loadServerFiles();
  const { faults, secrets } = files.check(definition);
  if (faults[0] !== undefined) throw new OmniError("usage.invalid", `The server ${JSON.stringify(name)} cannot be written: ${faults.join("; ")}.`);
  const file = await readEditedFile(call, context);
  const isThere = files.edit(file.text, file.path, name, undefined) !== file.text && file.text.trim() !== "";
  if (isThere && !call.has("force")) throw new OmniError("usage.invalid", `There is a server ${JSON.stringify(name)} in ${file.path} already; replace it with --force, or choose another name.`);
  await file.write(files.edit(file.text, file.path, name, definition));
  const remarks = [...secrets.map((place) => toSecretRemark(place, definition)), files.toOwnerRemark(name), await toProgramRemark(definition, terminal.env), ...toVariableRemarks(definition, terminal.env)];
  for (const remark of remarks) if (remark !== undefined) await terminal.errors.write(`${toErrorLine("warning", remark)}\n`);
  if (call.has("json")) await terminal.output.write(`${JSON.stringify({ path: file.path, name, replaced: isThere })}\n`);
  else await terminal.errors.write(`${name} is in ${file.path} now; try it with: omni mcp servers test ${toShellWord(name)}\n`);
  return exitCodes.done;
};

function checkName(name: string): void {
  if (name.trim() === "") throw new OmniError("usage.invalid", "The name of a server is empty; its tools are named by it.");
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) throw new OmniError("usage.invalid", "The name of a server has characters that cannot be seen; write it with letters, digits and hyphens.");
  if ([...name].length > mostCharacters) throw new OmniError("usage.invalid", `The name of a server has more than ${mostCharacters} characters; its tools are named by it.`);
}

/** What goes into the file. A `${NAME}` is written as it stands. */
function toDefinition(call: CommandCall, words: readonly string[], given: readonly string[]): JsonObject {
  const [command, ...args] = words;
  const [url, type, cwd, timeoutMs] = [call.text("url"), call.text("type"), call.text("cwd"), call.number("timeout-ms")];
  const [env, headers] = [toTable("env", /^([^=\s]+)=(.*)$/s, "NAME=VALUE", given), toTable("header", /^([^:\s]+):\s*(.*)$/s, '"NAME: VALUE"', given)];
  if (url === undefined && (command ?? "").trim() === "") throw new OmniError("usage.invalid", "Say how the server is reached: its command after -- (omni mcp servers add NAME -- COMMAND), or --url URL.");
  if (url !== undefined && command !== undefined) throw new OmniError("usage.invalid", "A server has a command or a --url, not both.");
  if (url !== undefined && (env !== undefined || cwd !== undefined)) throw new OmniError("usage.invalid", "--env and --cwd are for a server that is started here; one with a --url takes --header.");
  if (url === undefined && headers !== undefined) throw new OmniError("usage.invalid", "--header is for a server with a --url; one that is started here takes --env.");
  return {
    ...(type === undefined ? (url === undefined ? {} : { type: "http" }) : { type }),
    ...(url === undefined ? { command: command ?? "", ...(args.length === 0 ? {} : { args }) } : { url }),
    ...(env === undefined ? {} : { env }),
    ...(headers === undefined ? {} : { headers }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(call.has("disabled") ? { disabled: true } : {}),
    ...(call.has("trusted") ? { trusted: true } : {}),
  };
}

function toTable(flag: string, form: RegExp, shown: string, given: readonly string[]): JsonObject | undefined {
  const entries = toRepeated(given, flag).map((text): [string, string] => {
    const [, name, value] = form.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new OmniError("usage.invalid", `--${flag} is written ${shown}; ${JSON.stringify(text.split(/[=:]/)[0]?.slice(0, 40) ?? "")} is not.`);
    return [name, value];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function toSecretRemark(place: string, definition: JsonObject): string {
  const name = place.startsWith("env.") ? place.slice(4) : "NAME";
  return `what stands at ${place} looks like a secret and is in the file in clear; better keep it in a variable and write \${${name}}${"url" in definition || place.startsWith("env.") ? "" : ", in env"}`;
}

/** A program that cannot be found now may be there later; it is told and no fault. */
async function toProgramRemark({ command }: JsonObject, env: Terminal["env"]): Promise<string | undefined> {
  if (typeof command !== "string" || command.includes("${")) return undefined;
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const places = command.includes("/") ? (command.startsWith("/") ? [command] : []) : folders.map((folder) => join(folder, command));
  if (places.length === 0) return undefined;
  const found = await Promise.all(places.map((place) => access(place, constants.X_OK).then(() => true, () => false)));
  return found.includes(true) ? undefined : `${JSON.stringify(command)} is no program that can be started now; install it, or write its whole path`;
}

function toVariableRemarks(definition: JsonObject, env: Terminal["env"]): readonly string[] {
  const names = new Set([...JSON.stringify(definition).matchAll(/(?<!\$)\$\{([^}"]*)\}/g)].flatMap(([, name]) => (name === undefined ? [] : [name])));
  return [...names].filter((name) => env[name] === undefined).map((name) => `the variable ${name} is not set now; the server is left out where it is not`);
}

function toShellWord(text: string): string {
  return /^[\w:.@/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
