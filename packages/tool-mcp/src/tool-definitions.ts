import type { JsonObject, JsonSchema, JsonValue, ToolAnnotations } from "@omni/core";
import { createHash } from "node:crypto";
import { isJsonObject, toBounded, toWords } from "./json-shape.ts";

/** Most bytes of a schema (its characters, to be exact), most characters of a description and of a name. */
const schemaCharacters = 262_144;
const descriptionCharacters = 10_000;
const nameCharacters = 256;

/** Most tools that are dropped one by one in words; the rest is a number. */
const mostWarnings = 10;

/** A tool as a server describes it, checked. */
export interface ToolDefinition {
  /** The server's own name for it. */
  readonly name: string;
  /** What it is offered by: its name, where that can stand in any text. */
  readonly command: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly annotations?: ToolAnnotations;
  /** True where it can only be called as a task of the protocol. */
  readonly isTask: boolean;
  /** Equal for equal definitions, and short. */
  readonly fingerprint: string;
}

/** The tools that can be used, in the server's order, and what is wrong with the others. */
export interface CheckedTools {
  readonly definitions: readonly ToolDefinition[];
  readonly warnings: readonly string[];
}

/** Takes what a server lists apart: an entry that is no tool costs itself only. `allow` keeps those it names. */
export function toToolDefinitions(items: readonly JsonValue[], allow?: readonly string[]): CheckedTools {
  const found = new Map<string, ToolDefinition>();
  const warnings: string[] = [];
  const allowed = allow === undefined ? undefined : new Set(allow);
  for (const [index, item] of items.entries()) {
    const checked = toDefinition(item);
    if (typeof checked === "string") warnings.push(`tool ${toLabel(item, index)} is left out: ${checked}`);
    else if (found.has(checked.command)) warnings.push(`tool ${toLabel(item, index)} is listed twice; the first is kept`);
    else if (allowed?.has(checked.name) !== false) found.set(checked.command, checked);
  }
  const rest = warnings.length - mostWarnings;
  return { definitions: [...found.values()], warnings: rest <= 0 ? warnings : [...warnings.slice(0, mostWarnings), `and ${rest} more tools are left out`] };
}

function toDefinition(item: JsonValue): ToolDefinition | string {
  if (!isJsonObject(item)) return "it is no object";
  const name = toWords(item["name"]);
  if (name === undefined || !name.isWellFormed()) return "it has no name";
  if (name.length > nameCharacters) return `its name has more than ${nameCharacters} characters`;
  const schema = toSchema(item["inputSchema"]);
  if (typeof schema === "string") return schema;
  const title = toWords(item["title"]);
  const description = toBounded((toWords(item["description"]) ?? title ?? `Calls ${name}; its server says no more about it.`).toWellFormed(), descriptionCharacters);
  const annotations = toAnnotations(item["annotations"], title);
  const execution = item["execution"];
  const shown = { name, command: toCommand(name), description, inputSchema: schema.value, ...(annotations === undefined ? {} : { annotations }), isTask: isJsonObject(execution) && execution["taskSupport"] === "required" };
  return { ...shown, fingerprint: toDigest(JSON.stringify([name, description, schema.text, annotations, shown.isTask])) };
}

/**
 * A name that can stand in any text. Characters that could end a quotation, a
 * line or a frame become hyphens; what the whole name hashes to is added then,
 * so that two names stay two and each is the same at every reading.
 */
function toCommand(name: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{M}\p{N}_./-]+/gu, "-");
  return plain === name ? name : `${plain}-${toDigest(name).slice(0, 8)}`;
}

function toDigest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** An object schema that can be used, with its text; words where it cannot. Older servers leave the type out. */
function toSchema(value: JsonValue | undefined): { readonly value: JsonSchema; readonly text: string } | string {
  if (!isJsonObject(value)) return "its input schema is no object";
  const { type = "object" } = value;
  if (type !== "object") return "its input schema describes no object";
  try {
    const schema = { ...value, type };
    const text = JSON.stringify(schema);
    return text.length > schemaCharacters ? `its input schema has more than ${schemaCharacters} bytes` : { value: schema, text };
  } catch {
    return "its input schema is nested too deeply";
  }
}

function toAnnotations(value: JsonValue | undefined, title: string | undefined): ToolAnnotations | undefined {
  const given: JsonObject = isJsonObject(value) ? value : {};
  const hints = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"].flatMap((key) => (typeof given[key] === "boolean" ? [[key, given[key]] as const] : []));
  const shown = toWords(given["title"]) ?? title;
  if (hints.length === 0 && shown === undefined) return undefined;
  return { ...Object.fromEntries(hints), ...(shown === undefined ? {} : { title: toBounded(shown, nameCharacters) }) };
}

function toLabel(item: JsonValue, index: number): string {
  const name = isJsonObject(item) ? toWords(item["name"]) : undefined;
  return name === undefined ? `number ${index + 1}` : JSON.stringify(toBounded(name, 60));
}
