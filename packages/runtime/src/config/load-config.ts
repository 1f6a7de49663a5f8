import { join } from "node:path";
import type { JsonObject } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Config } from "./config.ts";
import type { ConfigLayer } from "./config-layers.ts";
import type { ConfigRequest } from "./config-request.ts";
import type { ConfigText } from "./config-text.ts";
import type { MissingVariable } from "./variables.ts";
import type { SchemaProblem } from "./schema-problems.ts";
import { isOverridden, refuseMissing, toLayers } from "./config-layers.ts";
import { toPlaceText } from "./place.ts";
import { locate, readConfigText } from "./config-text.ts";
import { loadServers, toProviderInForce } from "./load-servers.ts";
import { mergeLayers } from "./merge-layers.ts";
import { toConfig } from "./to-config.ts";
import { toHome } from "./config-request.ts";

/**
 * Loads the configuration of a home: flags over environment over `omni.json`
 * over the preset over built-in values. Writes nothing. Throws
 * `config.invalid` for broken syntax or wrong values, with file, line and
 * column, and `config.missing-variable` naming all variables that are absent.
 * A broken channel, and an unknown key, is a warning.
 */
export async function loadConfig(request: ConfigRequest): Promise<Config> {
  const home = toHome(request);
  const path = join(home, "omni.json");
  const file = await readConfigText(path);
  const { layers, warnings } = toLayers(request, file);
  const faults = sortFaults(layers);
  const render = (fault: LayerFault): Promise<string> => toFaultText(fault, file);
  if (faults.fatal.length > 0) throw new OmniError("config.invalid", (await Promise.all(faults.fatal.map(render))).join("\n"));
  refuseMissing(faults.missing, (place) => `${path}: ${toPlaceText(place)}`);
  const merged = layers.reduce<JsonObject>((weaker, layer) => mergeLayers(weaker, layer.value, layer.source === "file"), {});
  const workspace = layers.findLast((layer) => typeof layer.value["workspace"] === "string");
  const config = toConfig({
    request,
    home,
    path,
    value: merged,
    workspaceBase: workspace?.source === "file" ? home : request.cwd,
    brokenChannels: faults.brokenChannels,
    warnings: [...warnings, ...(await Promise.all(faults.warnings.map(render)))],
  });
  const servers = await loadServers(request, home, Object.keys(config.tools));
  const hasServers = Object.keys(servers.choices).length > 0;
  const provider = toProviderInForce(config.provider, servers.provider, layers);
  return { ...config, provider, ...(hasServers ? { servers: servers.choices } : {}), warnings: [...config.warnings, ...servers.warnings] };
}

interface LayerFault {
  readonly layer: ConfigLayer;
  readonly problem: SchemaProblem;
}

interface SortedFaults {
  readonly fatal: readonly LayerFault[];
  readonly warnings: readonly LayerFault[];
  readonly missing: readonly MissingVariable[];
  readonly brokenChannels: readonly string[];
}

/** What stops the start, what is only said, and which channels are left out. */
function sortFaults(layers: readonly ConfigLayer[]): SortedFaults {
  const faults = layers.flatMap((layer) => layer.problems.map((problem) => ({ layer, problem })));
  const isSerious = ({ problem }: LayerFault): boolean => problem.kind !== "unknown" && problem.kind !== "reserved";
  const isOfChannel = ({ problem }: LayerFault): boolean => problem.place[0] === "channels" && problem.place.length > 1;
  const wanted = layers.flatMap((layer, index) => layer.missing.filter((each) => !isOverridden(layers, index, each.place)).map((each) => ({ layer, each })));
  const inChannels = wanted.filter(({ each }) => each.place[0] === "channels");
  const absent = inChannels.map(({ layer, each }): LayerFault => ({ layer, problem: { kind: "wrong", place: each.place, message: `the environment variable ${each.name} is not set` } }));
  const channelFaults = [...faults.filter((fault) => isSerious(fault) && isOfChannel(fault)), ...absent];
  return {
    fatal: faults.filter((fault) => isSerious(fault) && !isOfChannel(fault)),
    warnings: [
      ...faults.filter((fault) => !isSerious(fault)),
      ...channelFaults.map(({ layer, problem }) => ({ layer, problem: { ...problem, message: `${problem.message}; the channel ${JSON.stringify(problem.place[1])} is left out` } })),
    ],
    missing: wanted.filter(({ each }) => !idleSections.has(each.place[0])).map(({ each }) => each),
    brokenChannels: channelFaults.map(({ problem }) => String(problem.place[1])),
  };
}

/** Sections whose variables nobody needs as they stand: a chosen entry of `providers` stands at `provider` as well, a channel is left out by itself. */
const idleSections: ReadonlySet<string | number | undefined> = new Set(["agents", "channels", "providers"]);

async function toFaultText({ layer, problem }: LayerFault, file: ConfigText | undefined): Promise<string> {
  const place = problem.place.length === 0 ? "" : `${toPlaceText(problem.place)}: `;
  if (layer.source !== "file" || file === undefined) return `${layer.source === "environment" ? "environment variable " : ""}${layer.name}: ${place}${problem.message}`;
  const at = await locate(file.text, problem.place, problem.kind === "unknown" || problem.kind === "refused" || problem.kind === "reserved");
  return `${file.path}:${at.line}:${at.column}: ${place}${problem.message}`;
}
