import type { JsonObject, JsonValue } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ConfigRequest } from "./config-request.ts";
import type { ConfigText } from "./config-text.ts";
import type { MissingVariable } from "./variables.ts";
import type { Place } from "./place.ts";
import type { SchemaProblem } from "./schema-problems.ts";
import { configSchema } from "./config-schema.ts";
import { expandVariables } from "./variables.ts";
import { findNearestVariable, readEnvironmentSettings } from "./environment-settings.ts";
import { findSchemaProblems, toSchemaDefaults } from "./schema-problems.ts";
import { isWithinPlace } from "./place.ts";
import { getAt, getOwn, isJsonObject, toNested } from "./json-shape.ts";
import { migrateConfig } from "./migrate-config.ts";
import { findNearestName } from "./nearest-name.ts";

/** What one source says, and what is wrong with it. */
export interface ConfigLayer {
  readonly source: "built-in" | "default" | "file" | "environment" | "override";
  /** What people call the source: a path, a variable. */
  readonly name: string;
  readonly value: JsonObject;
  readonly problems: readonly SchemaProblem[];
  readonly missing: readonly MissingVariable[];
}

/** All layers, the weakest first, and what else is to be said. */
export interface ConfigLayers {
  readonly layers: readonly ConfigLayer[];
  readonly warnings: readonly string[];
}

/** Makes the layers of a configuration out of its request and its file. */
export function toLayers(request: ConfigRequest, file: ConfigText | undefined): ConfigLayers {
  const migrated = migrateConfig(file?.value ?? {});
  const expansion = expandVariables(migrated.value, request.env);
  const defaults = request.defaults ?? {};
  const overrides = request.overrides ?? {};
  const known = { ...defaults, ...expansion.value };
  const environment = readEnvironmentSettings(request.env, known, request.otherVariables);
  const none = { problems: [], missing: [] };
  const layers: ConfigLayer[] = [
    { source: "built-in", name: "the built-in values", value: toSchemaDefaults(configSchema), ...none },
    { source: "default", name: "the preset", value: defaults, problems: findSchemaProblems(configSchema, defaults, { partial: true }), missing: [] },
  ];
  if (file !== undefined) {
    layers.push({ source: "file", name: file.path, value: expansion.value, problems: findSchemaProblems(configSchema, expansion.value), missing: expansion.missing });
  }
  for (const { variable, place, value } of environment.settings) {
    const nested = toNested(place, value);
    layers.push({ source: "environment", name: variable, value: nested, problems: findSchemaProblems(configSchema, nested, { partial: true }), missing: [] });
  }
  layers.push({ source: "override", name: "a flag", value: overrides, problems: findSchemaProblems(configSchema, overrides, { partial: true }), missing: [] });
  const warnings = [...migrated.warnings.map((warning) => `${file?.path ?? ""}: ${warning}`), ...environment.unknown.map(toUnknownVariable)];
  return { layers: withProviders(layers), warnings };
}

function toUnknownVariable(variable: string): string {
  const nearest = findNearestVariable(variable);
  return `environment variable ${variable} names no setting${nearest === undefined ? "" : `; did you mean ${nearest}?`}`;
}

/** A provider given as a name stands for the entry of `providers` with that name, whichever layer has it. */
function withProviders(layers: readonly ConfigLayer[]): readonly ConfigLayer[] {
  const providers = layers.reduce<JsonObject>((all, layer) => ({ ...all, ...toObject(layer.value["providers"]) }), {});
  return layers.map((layer) => {
    const name = layer.value["provider"];
    if (typeof name !== "string") return layer;
    const provider = getOwn(providers, name);
    if (isJsonObject(provider)) return { ...layer, value: { ...layer.value, provider }, missing: [...layer.missing, ...toChosenMissing(layers, name)] };
    const names = Object.keys(providers);
    const nearest = findNearestName(name, names);
    const advice = nearest === undefined ? `known: ${names.join(", ") || "none"}; an implementation is chosen by { "use": ${JSON.stringify(name)} }` : `did you mean ${JSON.stringify(nearest)}?`;
    const problem: SchemaProblem = { kind: "wrong", place: ["provider"], message: `${JSON.stringify(name)} is no name in "providers"; ${advice}` };
    return { ...layer, problems: [...layer.problems, problem] };
  });
}

/** Variables that a chosen entry of `providers` needs, as if it stood at `provider`. */
function toChosenMissing(layers: readonly ConfigLayer[], name: string): readonly MissingVariable[] {
  const all = layers.flatMap((layer) => layer.missing).filter((each) => isWithinPlace(each.place, ["providers", name]));
  return all.map((each) => ({ ...each, place: ["provider", ...each.place.slice(2)] }));
}

/** Throws `config.missing-variable` naming every variable that is needed and absent, each with its place. */
export function refuseMissing(missing: readonly MissingVariable[], toText: (place: Place) => string): void {
  if (missing.length === 0) return;
  const names = [...new Set(missing.map((each) => each.name))];
  const lines = missing.map((each) => `${toText(each.place)}: \${${each.name}}`);
  const what = names.length === 1 ? "An environment variable is" : "Environment variables are";
  throw new OmniError("config.missing-variable", `${what} not set: ${names.join(", ")}. Set ${names.length === 1 ? "it" : "them"}, or change:\n${lines.join("\n")}`);
}

/** True when a layer above `index` says something else at the place, or fills its slot with something else, so that what stands there has no effect. */
export function isOverridden(layers: readonly ConfigLayer[], index: number, place: Place): boolean {
  const own = layers[index]?.value ?? {};
  const outers = place.map((_, depth) => place.slice(0, depth + 1));
  return layers.slice(index + 1).some((layer) =>
    outers.some((outer) => {
      const value = getAt(layer.value, outer);
      if (value === undefined) return false;
      const use = getOwn(value, "use");
      return !isJsonObject(value) || outer.length === place.length || (use !== undefined && use !== getOwn(getAt(own, outer), "use"));
    }),
  );
}

function toObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
