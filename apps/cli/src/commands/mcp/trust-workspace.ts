import { lstat, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { OmniError } from "@omni/core";
import { editConfigText, prepareHome, readConfigText, toHome, toSha256, writeFileAtomically } from "@omni/runtime";
import type { ConfigRequest } from "@omni/runtime";
import type { ListedServer } from "@omni/preset-default";
import { loadServerFiles } from "@omni/preset-default";
import type { CommandBody, CommandCall, CommandContext } from "../../command-spec.ts";
import { exitCodes } from "../../exit-codes.ts";
import { readTextFile } from "./edited-file.ts";
import { toConfigRequest } from "../../prepare-command.ts";
import { toOneLine } from "../../render/safe-text.ts";

/** The key of `omni.json` that holds what is trusted. */
const trustKey = "trustedWorkspaces";

/** `omni mcp servers trust`: from now on `.mcp.json` of the folder counts there, as it is now and not otherwise. */
export const trustWorkspace: CommandBody = async (call, context) => {
  const { output, errors } = context.terminal;
  const request = toConfigRequest(call, context);
  const folder = await toFolder(call, context);
  const path = join(folder, ".mcp.json");
  const text = await readServersFile(path);
  const servers = await listIn(text, path);
  // A start reads the file without the mark that some editors put before it.
  const hash = `sha256:${toSha256(text.replace(/^\uFEFF/, ""))}`;
  await changeTrust(request, folder, hash);
  if (call.has("json")) await output.write(`${JSON.stringify({ folder, path, hash, servers: servers.map(({ name, target, env, headers }) => ({ name, target, env, headers })) })}\n`);
  else {
    await errors.write(`${toOneLine(path)} counts in its folder from now on, as long as it stays as it is:\n`);
    for (const server of servers) await errors.write(`  ${toOneLine(toServerText(server))}\n`);
  }
  return exitCodes.done;
};

/** What is trusted with a server: what is started or asked, and the names of what it is given. */
function toServerText({ name, target, env, headers, state }: ListedServer): string {
  const given = [...env, ...headers];
  return `${name}: ${target}${given.length === 0 ? "" : `, given ${given.join(" ")}`}${state === "enabled" ? "" : ` (${state})`}`;
}

/** `omni mcp servers untrust`. */
export const untrustWorkspace: CommandBody = async (call, context) => {
  const { output, errors } = context.terminal;
  const folder = await toFolder(call, context).catch(() => resolve(context.terminal.cwd(), call.operands[0] ?? "."));
  if (!(await changeTrust(toConfigRequest(call, context), folder, undefined))) throw new OmniError("usage.invalid", `The folder ${folder} is not trusted; omni.json has the trusted ones at ${trustKey}.`);
  if (call.has("json")) await output.write(`${JSON.stringify({ folder, trusted: false })}\n`);
  else await errors.write(`The .mcp.json of ${toOneLine(folder)} has no effect any more.\n`);
  return exitCodes.done;
};

/** Throws `workspace.not-found`. */
async function toFolder(call: CommandCall, { terminal }: CommandContext): Promise<string> {
  const named = resolve(terminal.cwd(), call.operands[0] ?? ".");
  const found = await realpath(named).catch(() => undefined);
  if (found === undefined || !(await lstat(found)).isDirectory()) throw new OmniError("workspace.not-found", `${named} is no folder.`);
  return found;
}

async function readServersFile(path: string): Promise<string> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) throw new OmniError("usage.invalid", `There is no ${path}, so there is nothing to trust.`);
  const text = found.isFile() ? await readTextFile(path) : undefined;
  if (text === undefined) throw new OmniError("usage.invalid", `${path} is no regular file and never counts; put the file itself there.`);
  return text;
}

async function listIn(text: string, path: string): Promise<readonly ListedServer[]> {
  const files = await loadServerFiles();
  const { servers, problem } = await files.list(text, { path, origin: "workspace", env: {}, taken: [], expand: (value) => ({ value, missing: [] }) });
  if (problem !== undefined) throw new OmniError("config.invalid", `${problem}; it is not trusted.`);
  return servers;
}

/** Writes the hash of a folder into `omni.json`, or takes it out, under whatever spelling it stands there; false when there was none. */
async function changeTrust(request: ConfigRequest, folder: string, hash: string | undefined): Promise<boolean> {
  const home = toHome(request);
  const file = await readConfigText(join(home, "omni.json"));
  let text = file?.text ?? "";
  const table = file?.value[trustKey];
  const keys = typeof table === "object" && table !== null ? Object.keys(table) : [];
  const meant = await Promise.all(keys.map(async (key) => ((await toReal(key, request, home)) === folder ? [key] : [])));
  const spellings = meant.flat();
  for (const key of spellings) text = await editConfigText(text, [trustKey, key], undefined);
  if (hash !== undefined) text = await editConfigText(text, [trustKey, folder], hash);
  else if (spellings.length === 0) return false;
  await prepareHome({ home, state: join(home, "state"), workspace: join(home, "workspace") });
  await writeFileAtomically(join(home, "omni.json"), text);
  return true;
}

async function toReal(key: string, { userHome }: ConfigRequest, home: string): Promise<string> {
  const path = key === "~" || key.startsWith("~/") ? join(userHome, key.slice(1)) : resolve(home, key);
  return realpath(path).catch(() => path);
}
