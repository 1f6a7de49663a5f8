import type { Autonomy, JsonSchema, OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** What the owner of a home lets run, beyond the table. */
export interface WorkspacePolicyOptions {
  /** Of turns that bring none. */
  readonly autonomy: Autonomy;
  /** Tools that read the open world or write without asking: `notes.add`, or `notes.*` for all of an owner. */
  readonly allow: readonly string[];
  /** Tools that never run; also `*`. Stronger than `allow`. */
  readonly deny: readonly string[];
  /** Hosts that may be read without asking: `example.com`, or `*.example.com` for all below it. */
  readonly allowHosts: readonly string[];
  /** Lets programs run by themselves at autonomy `full` although nothing contains them. */
  readonly unsandboxedShell: boolean;
}

const toolPattern = "^[^\\s*.]+(\\.[^\\s*.]+)*(\\.\\*)?$";
const hostPattern = "^(\\*\\.)?[a-z0-9-]+(\\.[a-z0-9-]+)+$";
const autonomies: readonly Autonomy[] = ["readonly", "supervised", "full"];

const list = (pattern: string, description: string): JsonSchema => ({ type: "array", items: { type: "string", pattern }, default: [], description });

/** Schema and parser of the options. A pattern of an unknown form is refused: it would silently allow or deny nothing. */
export const workspacePolicyOptions: OptionsSchema<WorkspacePolicyOptions> = {
  jsonSchema: {
    type: "object",
    additionalProperties: false,
    properties: {
      autonomy: { enum: [...autonomies], default: "supervised", description: "How far turns go that bring no autonomy of their own." },
      allow: list(toolPattern, "Tools that read the open world or write without asking: a name, or owner.*"),
      deny: list(`${toolPattern}|^\\*$`, "Tools that never run: a name, owner.*, or * for all."),
      allowHosts: list(hostPattern, "Hosts that may be read without asking: a name in lower case, or *.name"),
      unsandboxedShell: { type: "boolean", default: false, description: "Lets programs run uncontained at autonomy full." },
    },
  },
  parse(value = {}) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("the options are not an object");
    const { autonomy, allow, deny, allowHosts, unsandboxedShell = false }: Readonly<Record<string, unknown>> = { ...value };
    if (typeof unsandboxedShell !== "boolean") throw invalid("unsandboxedShell must be true or false");
    return {
      autonomy: toAutonomy(autonomy),
      allow: toPatterns("allow", allow, new RegExp(toolPattern), 'a tool\'s name or "owner.*"; to let everything run use autonomy "full"'),
      deny: toPatterns("deny", deny, new RegExp(`${toolPattern}|^\\*$`), 'a tool\'s name, "owner.*" or "*"'),
      allowHosts: toPatterns("allowHosts", allowHosts, new RegExp(hostPattern), 'a host\'s name in lower case, or "*.name"; no address, port or URL'),
      unsandboxedShell,
    };
  },
};

function toAutonomy(value: unknown): Autonomy {
  const autonomy = value === undefined ? "supervised" : autonomies.find((each) => each === value);
  if (autonomy === undefined) throw invalid(`autonomy must be one of ${autonomies.join(", ")}`);
  return autonomy;
}

function toPatterns(name: string, value: unknown, form: RegExp, mend: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalid(`${name} must be a list of texts`);
  return value.map((each: unknown) => {
    if (typeof each === "string" && form.test(each)) return each;
    throw invalid(`${name} holds ${JSON.stringify(each)}; write ${mend}`);
  });
}

function invalid(what: string): OmniError {
  return new OmniError("config.invalid", `policy.with: ${what}.`);
}
