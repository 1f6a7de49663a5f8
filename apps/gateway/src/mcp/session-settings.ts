import { isAbsolute } from "node:path";
import type { Autonomy, Principal } from "@omni/core";
import { OmniError } from "@omni/core";
import type { JsonBody } from "../request-body.ts";
import type { McpSettings } from "./mcp-place.ts";

const autonomies: readonly Autonomy[] = ["readonly", "supervised", "full"];

/**
 * How the calls of a session run: as the gateway has it, but for what the
 * initialize request says under `_meta`. Workspace and autonomy take scope
 * `admin`, as the same fields of a message do; that nobody is to be asked but
 * the person at the client is for everybody to say. Throws `auth.forbidden`
 * and `request.invalid`.
 */
export function toSessionSettings(body: JsonBody, principal: Principal, settings: McpSettings): McpSettings {
  const meta = toObject(toObject(body["params"])["_meta"]);
  const [workspace, autonomy, asks] = [meta["omni/workspace"], meta["omni/autonomy"], meta["omni/asks"]];
  if (asks !== undefined && asks !== "nobody") throw new OmniError("request.invalid", '"omni/asks" can only be "nobody".');
  const own: McpSettings = asks === undefined ? settings : { ...settings, asks };
  if (workspace === undefined && autonomy === undefined) return own;
  if (!principal.scopes.includes("admin")) throw new OmniError("auth.forbidden", '"omni/workspace" and "omni/autonomy" take scope admin.');
  const level = autonomies.find((each) => each === autonomy);
  if (autonomy !== undefined && level === undefined) throw new OmniError("request.invalid", `"omni/autonomy" must be one of ${autonomies.join(", ")}.`);
  if (workspace !== undefined && !(typeof workspace === "string" && isAbsolute(workspace))) throw new OmniError("request.invalid", '"omni/workspace" must be an absolute path.');
  return { ...own, ...(workspace === undefined ? {} : { workspace }), ...(level === undefined ? {} : { autonomy: level }) };
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
