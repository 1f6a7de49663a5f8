import type { JsonObject, JsonValue } from "@omni/core";
import type { Config } from "@omni/runtime";

/** Keys and variables whose values are not shown. Not `maxTokens`. */
const secretName = /(?:key|token|secret|passw(?:or)?d|passphrase|credentials?|auth|authorization)(?:$|_)/i;

/** Stands for a secret that comes from no variable. */
const hidden = "[hidden]";

/** What decides how a value is shown. */
interface Showing {
  readonly raw: JsonObject;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * A configuration in the shape of `omni.json` as it is in force, with every
 * value that came from a variable shown as the reference `${NAME}`, and every
 * other secret as `[hidden]`.
 */
export function toShownConfig(config: Config, raw: JsonObject, env: Showing["env"]): JsonObject {
  const { provider, memory, window, policy, store, tools, hooks, channels, gateway, agent, workspace } = config;
  const effective = { provider, memory, window, policy, store, tools, hooks, channels, gateway, agent, workspace: workspace ?? config.paths.workspace };
  // A configuration is plain data: this drops what is undefined and nothing else.
  return showObject(JSON.parse(JSON.stringify(effective)) as JsonObject, [], { raw: withProvider(raw), env });
}

/** The value at a place, or undefined. */
export function getPlace(value: JsonValue | undefined, place: readonly (string | number)[]): JsonValue | undefined {
  return place.reduce<JsonValue | undefined>((current, part) => {
    if (Array.isArray(current)) return typeof part === "number" ? (current as readonly JsonValue[])[part] : undefined;
    return isObject(current) && Object.hasOwn(current, part) ? current[part] : undefined;
  }, value);
}

/** A provider that is named stands where its entry of `providers` does. */
function withProvider(raw: JsonObject): JsonObject {
  const name = raw["provider"];
  if (typeof name !== "string") return raw;
  const provider = getPlace(raw, ["providers", name]);
  return provider === undefined ? raw : { ...raw, provider };
}

function showObject(value: JsonObject, place: readonly (string | number)[], showing: Showing): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, child === undefined ? undefined : show(child, [...place, key], showing)]));
}

function show(value: JsonValue, place: readonly (string | number)[], showing: Showing): JsonValue {
  if (typeof value === "string") return showText(value, place, showing);
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((each, index) => show(each, [...place, index], showing));
  return isObject(value) ? showObject(value, place, showing) : value;
}

function showText(value: string, place: readonly (string | number)[], { raw, env }: Showing): string {
  const written = getPlace(raw, place);
  if (typeof written === "string" && written.includes("${")) return written;
  const variable = Object.keys(env).find((name) => secretName.test(name) && env[name] === value && value !== "");
  if (variable !== undefined) return `\${${variable}}`;
  const isSecret = place.some((part) => typeof part === "string" && secretName.test(part)) && value !== "";
  return isSecret ? hidden : value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
