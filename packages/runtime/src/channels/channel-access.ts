import type { JsonObject, JsonValue, Principal, Scope } from "@omni/core";
import { OmniError } from "@omni/core";

/** Who may talk on a channel. */
export interface ChannelAccess {
  /** What the sender with this immutable id may do; undefined for somebody who does not belong. */
  principalOf(sender: string): Principal | undefined;
}

/** Somebody whom the owner named may also approve; anybody at all may only talk. */
const namedScopes: readonly Scope[] = ["read", "chat", "approve"];
const anyoneScopes: readonly Scope[] = ["read", "chat"];

/**
 * Takes `allow` out of a channel's `with`: the platform's own ids of who may
 * talk, the same for every channel. Without it, or with an empty list, nobody
 * may. `"*"` lets everybody talk and makes nobody more than a guest. Throws
 * `config.invalid` for what is no id.
 */
export function takeAccess(name: string, given: JsonObject): { readonly access: ChannelAccess; readonly options: JsonObject } {
  const { allow, ...options } = given;
  const ids = new Set(toIds(allow, `channels.${name}.with.allow`));
  const principalOf = (sender: string): Principal | undefined => {
    // A sender who calls himself "*" is not everybody.
    const isNamed = sender !== "*" && ids.has(sender);
    if (!isNamed && !ids.has("*")) return undefined;
    return { id: `${name}:${sender}`, scopes: isNamed ? namedScopes : anyoneScopes };
  };
  return { access: { principalOf }, options };
}

function toIds(value: JsonValue | undefined, place: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new OmniError("config.invalid", `${place}: expected a list of the platform's own ids, such as ["123456"]; "*" stands for everybody.`);
  return (value as readonly JsonValue[]).map((each, index) => {
    const id = typeof each === "number" && Number.isSafeInteger(each) ? String(each) : each;
    if (typeof id === "string" && id !== "" && id.trim() === id && !id.startsWith("@")) return id;
    throw new OmniError("config.invalid", `${place}[${index}]: ${JSON.stringify(each)} is no id; names change hands, so write the id that the platform gives the person and never changes.`);
  });
}
