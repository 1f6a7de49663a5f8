import type { GatewayStatus, ModelStatus, RecordStatus, Status } from "../commands/status.ts";
import type { Style } from "./style.ts";
import { toFit } from "./text-width.ts";
import { toOneLine } from "./safe-text.ts";

/** Cells of the names at the left. */
const nameCells = 11;

/** A status for people: a line each, in a terminal cut to its width. */
export function toStatusScreen(status: Status, style: Style): string {
  const { policy, memory, boundary, channels, servers } = status;
  const rows: readonly (readonly [string, string])[] = [
    ["omni", status.version],
    ["home", status.home],
    ["gateway", toGatewayText(status.gateway)],
    ["model", toModelText(status.model)],
    ["memory", memory === false ? "off" : memory],
    ["window", status.window],
    ["policy", `${policy.use}${policy.autonomy === undefined ? "" : `, ${policy.autonomy}`}`],
    ["boundary", boundary === "none" ? "none: nothing contains programs that are run" : boundary],
    ["workspace", status.workspace],
    ["channels", toListText(channels)],
    ["servers", toListText(servers)],
    ...toRecordRows(status.record),
    ...status.warnings.map((warning) => ["warning", warning] as const),
  ];
  const room = style.columns === undefined ? undefined : Math.max(1, style.columns - nameCells);
  const lines = rows.map(([name, text]) => {
    const shown = toOneLine(text);
    return `${style.dim(name.padEnd(nameCells))}${room === undefined ? shown : toFit(shown, room)}`;
  });
  return `${lines.join("\n")}\n`;
}

function toGatewayText({ running, ready, pid, url, since, version }: GatewayStatus): string {
  if (!running) return "none runs; turns run in the command's own process";
  const parts = [url ?? "one runs", ...(ready === false ? ["takes no messages now"] : []), ...(pid === undefined ? [] : [`pid ${pid}`]), ...(since === undefined ? [] : [`since ${since}`]), ...(version === undefined ? [] : [`version ${version}`])];
  return parts.join(", ");
}

function toModelText({ provider, id, contextTokens, inferredFrom, problem }: ModelStatus): string {
  const parts = [
    `${id ?? "unknown"} of provider ${provider}`,
    ...(contextTokens === undefined ? [] : [`${contextTokens} tokens of context`]),
    ...(inferredFrom === undefined ? [] : [`found at ${inferredFrom}, beside a server of mcp.json`]),
    ...(problem === undefined ? [] : [problem]),
  ];
  return parts.join(", ");
}

function toListText(names: readonly string[]): string {
  return names.length === 0 ? "none" : `${names.length}: ${names.join(", ")}`;
}

function toRecordRows({ sessions, openTurns, openAsks, problem }: RecordStatus): readonly (readonly [string, string])[] {
  if (problem !== undefined) return [["sessions", `unknown, ${problem}`]];
  return [
    ["sessions", String(sessions)],
    ["open", `${openTurns} ${openTurns === 1 ? "turn" : "turns"}, ${openAsks} ${openAsks === 1 ? "ask waits" : "asks wait"} for a person`],
  ];
}
