import { OmniError, toOmniError } from "@omni/core";
import type { Host } from "@omni/core";
import { createHost, prepareHome } from "@omni/runtime";
import type { ListedServer, McpProbe } from "@omni/preset-default";
import type { CommandBody, CommandContext } from "../../command-spec.ts";
import type { EffectiveServers } from "./effective-servers.ts";
import type { Style } from "../../render/style.ts";
import { exitCodes } from "../../exit-codes.ts";
import { readEffectiveServers, toUnknownServer } from "./effective-servers.ts";
import { toOneLine } from "../../render/safe-text.ts";
import { toStyle } from "../../render/style.ts";

/** How long one server may take, seconds: a first start may have to download it. */
const defaultTimeout = 60;

/** Servers that are tried at the same time. */
const atOnce = 4;

/** Lines of standard error that a person is shown, the newest. */
const shownLines = 8;

/** What became of one server. */
interface Trial {
  readonly server: ListedServer;
  readonly probe: McpProbe;
}

/** `omni mcp servers test`: starts one server, or all, and ends with 1 when one fails. */
export const testServers: CommandBody = async (call, context) => {
  const { terminal } = context;
  const effective = await readEffectiveServers(call, context);
  const chosen = chooseServers(effective, call.operands[0]);
  const { config } = effective;
  await prepareHome(config.paths);
  const host = createHost({ paths: config.paths, secrets: terminal.env });
  const ending = new AbortController();
  const forget = terminal.onSignal(() => (ending.signal.aborted ? terminal.leave(exitCodes.cancelled) : ending.abort()));
  try {
    const bounds = { timeoutMs: Math.round((call.number("timeout") ?? defaultTimeout) * 1_000), signal: ending.signal };
    const trials = await tryAll(chosen, async (server): Promise<Trial> => {
      if (!call.has("quiet")) await terminal.errors.write(`test ${toOneLine(server.name)}: ${toOneLine(server.target)}\n`);
      return { server, probe: await tryServer(server, effective, host, bounds) };
    });
    if (ending.signal.aborted) throw new OmniError("turn.cancelled", "The test was cancelled.");
    await print(trials, effective, call.has("json"), context);
    return trials.every(({ probe }) => probe.reason === undefined) ? exitCodes.done : exitCodes.failed;
  } finally {
    forget();
    await host.close();
  }
};

/** All that are not disabled, or the one that is named, disabled or not. */
function chooseServers({ servers, path }: EffectiveServers, name: string | undefined): readonly ListedServer[] {
  if (name === undefined) return servers.filter((server) => server.state !== "disabled");
  const found = servers.filter((server) => server.name === name || server.owner === name).slice(0, 1);
  if (found.length === 0) throw toUnknownServer(name, servers.map((server) => server.name), path);
  return found;
}

async function tryAll<Result>(servers: readonly ListedServer[], body: (server: ListedServer) => Promise<Result>): Promise<readonly Result[]> {
  const results = new Map<ListedServer, Result>();
  const waiting = [...servers];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results.set(next, await body(next));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return servers.flatMap((server) => results.get(server) ?? []);
}

async function tryServer({ options, faults }: ListedServer, { files, path }: EffectiveServers, host: Host, bounds: Parameters<EffectiveServers["files"]["probe"]>[2]): Promise<McpProbe> {
  const nothing = { tools: [], milliseconds: 0, diagnosis: { output: [], stderr: "", errors: [], warnings: [] } };
  if (options === undefined) return { ...nothing, reason: faults.join("; "), advice: `mend its definition in ${path}` };
  try {
    return await files.probe(options, host, bounds);
  } catch (error) {
    return { ...nothing, reason: toOmniError(error).message, advice: `mend its definition in ${path}` };
  }
}

async function print(trials: readonly Trial[], { path }: EffectiveServers, isJson: boolean, { terminal }: CommandContext): Promise<void> {
  const { output, errors, env } = terminal;
  if (isJson) return output.write(`${JSON.stringify({ path, servers: trials.map(toView) })}\n`);
  if (trials.length === 0) return errors.write(`There is no server to test in ${path}.\n`);
  const style = toStyle(output, env);
  await output.write(trials.map((trial) => toText(trial, style)).join(""));
}

function toView({ server, probe }: Trial): object {
  const { diagnosis, milliseconds, tools, reason, ...rest } = probe;
  const { stderr, output, errors } = diagnosis;
  return { name: server.name, status: reason === undefined ? "ok" : "failed", ...rest, milliseconds: Math.round(milliseconds), tools, ...(reason === undefined ? {} : { reason, stderr, output, errors }) };
}

function toText({ server, probe }: Trial, style: Style): string {
  const { transport, protocol, tools, milliseconds, reason, advice, diagnosis } = probe;
  const name = toOneLine(server.name);
  if (reason === undefined) {
    const calls = probe.server === undefined ? "" : `, ${toOneLine(`${probe.server.name} ${probe.server.version}`)}`;
    return `${style.good("ok  ")} ${name}: ${tools.length} ${tools.length === 1 ? "tool" : "tools"} over ${transport ?? "nothing"} in ${(milliseconds / 1_000).toFixed(2)} s, protocol ${protocol ?? "unknown"}${calls}\n`;
  }
  const said = [...diagnosis.output, ...diagnosis.stderr.split("\n")].map(toOneLine).filter((line) => line !== "").slice(-shownLines);
  const lines = [`${style.bad("fail")} ${name}: ${toOneLine(reason)}`, ...said.map((line) => style.dim(`       | ${line}`)), ...(advice === undefined ? [] : [`     ${toOneLine(advice)}`])];
  return `${lines.join("\n")}\n`;
}
