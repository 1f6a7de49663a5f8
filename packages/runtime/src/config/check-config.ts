import { join } from "node:path";
import type { JsonObject, SlotName } from "@omni/core";
import { isOmniError, toOmniError } from "@omni/core";
import type { Config, SlotChoice } from "./config.ts";
import type { ConfigLayer } from "./config-layers.ts";
import type { ConfigRequest } from "./config-request.ts";
import type { Place } from "./place.ts";
import type { Registry } from "../registry/registry.ts";
import { findOptionProblems, withSchemaKeys } from "../registry/parse-options.ts";
import { findSyntaxProblems, locate, parseConfigText, readText } from "./config-text.ts";
import { getAt } from "./json-shape.ts";
import { loadConfig } from "./load-config.ts";
import { toHome } from "./config-request.ts";
import { toLayers } from "./config-layers.ts";
import { isSandboxPart } from "../compose.ts";
import { checkChannelName } from "../channels/create-channels.ts";
import { takeAccess } from "../channels/channel-access.ts";
import { toLeftOut } from "../channels/channel-life.ts";
import { toPlaceText } from "./place.ts";

/** One thing that `omni config validate` says. */
export interface ConfigProblem {
  readonly severity: "error" | "warning";
  readonly message: string;
  /** The key: `provider.with.model`. */
  readonly path?: string;
  /** Where in `omni.json`, from 1; absent when it stands elsewhere. */
  readonly line?: number;
  readonly column?: number;
}

/**
 * Everything that is wrong with the configuration of a home, not only the
 * first. Stricter than a start: unknown keys are errors, and each `with` is
 * judged by the schema of the implementation it is for. Throws nothing that a
 * configuration can cause.
 */
export async function checkConfig(request: ConfigRequest, registry: Registry): Promise<readonly ConfigProblem[]> {
  const path = join(toHome(request), "omni.json");
  try {
    const text = await readText(path);
    const syntax = text === undefined ? [] : await findSyntaxProblems(text);
    if (syntax.length > 0) return syntax.map((problem) => ({ severity: "error", ...problem }));
    const value = text === undefined ? undefined : await parseConfigText(text, path);
    const { layers, warnings } = toLayers(request, text === undefined || value === undefined ? undefined : { path, text, value });
    const found = (await Promise.all(layers.map((layer) => toLayerProblems(layer, text)))).flat();
    const said: ConfigProblem[] = [...warnings.map((message): ConfigProblem => ({ severity: "warning", message })), ...found];
    if (found.some((problem) => problem.severity === "error" && problem.isFatal)) return said.map(toPublic);
    const config = await loadConfig(request);
    return [...said.map(toPublic), ...(await checkParts(config, registry, text))];
  } catch (error) {
    return [{ severity: "error", message: toOmniError(error, "config.invalid").message }];
  }
}

interface LayerProblem extends ConfigProblem {
  /** True when the configuration cannot be put together at all. */
  readonly isFatal: boolean;
}

function toPublic(problem: ConfigProblem | LayerProblem): ConfigProblem {
  const { severity, message, path, line, column } = problem;
  return { severity, message, ...(path === undefined ? {} : { path }), ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}

async function toLayerProblems(layer: ConfigLayer, text: string | undefined): Promise<readonly LayerProblem[]> {
  const isFile = layer.source === "file" && text !== undefined;
  const position = async (place: Place, ofKey: boolean): Promise<{ readonly line?: number; readonly column?: number }> => (isFile ? await locate(text, place, ofKey) : {});
  const from = isFile ? "" : `${layer.name}: `;
  const wrong = layer.problems.map(async (problem): Promise<LayerProblem> => ({
    severity: problem.kind === "reserved" ? "warning" : "error",
    message: `${from}${problem.message}`,
    path: toPlaceText(problem.place),
    isFatal: problem.kind !== "unknown" && problem.kind !== "reserved",
    ...(await position(problem.place, problem.kind !== "wrong" && problem.kind !== "missing")),
  }));
  const missing = layer.missing.map(async (each): Promise<LayerProblem> => ({
    severity: "error",
    message: `${from}the environment variable ${each.name} is not set`,
    path: toPlaceText(each.place),
    isFatal: true,
    ...(await position(each.place, false)),
  }));
  return Promise.all([...wrong, ...missing]);
}

interface ChosenPart {
  readonly slot: SlotName;
  readonly choice: SlotChoice;
  readonly place: Place;
}

function toParts(config: Config): readonly ChosenPart[] {
  const slots = (["store", "policy", "window", "embedder", "memory", "provider", "sandbox"] as const).flatMap((slot): ChosenPart[] => {
    const choice = config[slot];
    return choice === undefined || choice === false || (slot === "sandbox" && !isSandboxPart(choice)) ? [] : [{ slot, choice, place: [slot] }];
  });
  const tools = Object.entries(config.tools).flatMap(([name, choice]): ChosenPart[] => (choice === false ? [] : [{ slot: "tool", choice, place: ["tools", name] }]));
  const hooks = config.hooks.map((choice, index): ChosenPart => ({ slot: "hook", choice, place: ["hooks", index] }));
  const channels = Object.entries(config.channels ?? {}).map(([name, choice]): ChosenPart => ({ slot: "channel", choice, place: ["channels", name] }));
  return [...slots, ...tools, ...hooks, ...channels];
}

async function checkParts(config: Config, registry: Registry, text: string | undefined): Promise<readonly ConfigProblem[]> {
  const value = text === undefined ? {} : await parseConfigText(text, config.path);
  const found = await Promise.all(toParts(config).map((part) => checkPart(part, config, registry)));
  return Promise.all(found.flat().map((problem) => toLocated(problem, value, text)));
}

/** What a start leaves out of the channels of a configuration, and why: a line for each of them. Reads their modules and makes none. */
export async function findChannelFaults(config: Config, registry: Registry): Promise<readonly string[]> {
  const channels = toParts(config).filter(({ slot }) => slot === "channel");
  const faults = channels.map(async (part): Promise<readonly string[]> => {
    const problems = await checkPart(part, config, registry);
    const reasons = problems.map(({ place, message }) => (place.length === part.place.length ? message : `${toPlaceText(place)}: ${message}`));
    return reasons.length === 0 ? [] : [toLeftOut(String(part.place[1]), reasons.join("; "))];
  });
  return (await Promise.all(faults)).flat();
}

interface PlacedProblem {
  readonly place: Place;
  readonly message: string;
}

async function checkPart(part: ChosenPart, config: Config, registry: Registry): Promise<readonly PlacedProblem[]> {
  const { slot, choice, place } = part;
  try {
    if (slot === "channel") checkChannelName(String(place[1]));
    const module = await registry.resolve(slot, choice.use, { place: toPlaceText(place), configDir: config.configDir, home: config.paths.home, cwd: config.cwd });
    const own = slot === "channel" ? takeAccess(String(place[1]), choice.with).options : choice.with;
    const options = withSchemaKeys(module.options.jsonSchema, own);
    const problems = await findOptionProblems(module.options.jsonSchema, options);
    if (problems.length > 0) return problems.map((problem) => ({ place: [...place, "with", ...problem.place], message: problem.message }));
    module.options.parse(options);
    return [];
  } catch (error) {
    return [{ place: isOmniError(error) && error.code === "config.unknown-implementation" ? [...place, "use"] : place, message: toOmniError(error).message }];
  }
}

async function toLocated(problem: PlacedProblem, value: JsonObject, text: string | undefined): Promise<ConfigProblem> {
  const isInFile = text !== undefined && getAt(value, problem.place) !== undefined;
  const at = isInFile ? await locate(text, problem.place, true) : {};
  return { severity: "error", message: problem.message, path: toPlaceText(problem.place), ...at };
}
