import type { JsonObject, JsonValue } from "@omni/core";
import { OmniError } from "@omni/core";
import type { JsonPositions, MemberSpan } from "./json-positions.ts";
import { isJsonObject } from "./json-shape.ts";
import { scanJson } from "./json-positions.ts";

/** Where the servers stand in a file. */
const tableKey = "mcpServers";

/** What is edited: a text with its places. */
interface Edited {
  readonly text: string;
  readonly positions: JsonPositions;
  readonly root: JsonObject;
}

/**
 * The text of an `mcp.json` with one server set, or removed where
 * `definition` is undefined. Everything else stays as it is: order, layout,
 * comments, keys of other programs. An empty text becomes a new file. Throws
 * `config.invalid` with `path:line:column` when the text is broken.
 */
export function editMcpServers(text: string, path: string, name: string, definition: JsonObject | undefined): string {
  const edited = read(text.trim() === "" ? "{\n}\n" : text, path);
  if (definition === undefined) return remove(edited.text, path, name);
  const span = edited.positions.span([tableKey, name]);
  if (span !== undefined) return splice(edited.text, span.value, span.end, toText(definition, indentAt(edited.text, span.key), unitOf(edited.text)));
  const table = edited.positions.span([tableKey]);
  if (table === undefined) return insert(edited, [], tableKey, { [name]: definition });
  return insert(edited, [tableKey], name, definition);
}

function read(text: string, path: string): Edited {
  const positions = scanJson(text);
  const { problem, value } = positions;
  if (problem !== undefined) throw invalid(path, problem, problem.message);
  if (!isJsonObject(value)) throw invalid(path, { line: 1, column: 1 }, "expected an object in braces");
  const table = value[tableKey];
  if (table !== undefined && !isJsonObject(table)) throw invalid(path, positions.locate([tableKey]), `expected an object of servers by name at ${JSON.stringify(tableKey)}`);
  return { text, positions, root: value };
}

function invalid(path: string, { line, column }: { readonly line: number; readonly column: number }, message: string): OmniError {
  return new OmniError("config.invalid", `${path}:${line}:${column}: ${message}; mend the file first, nothing was changed.`);
}

/** The members of an object in the order of the text. */
function membersOf({ positions, root }: Edited, path: readonly string[]): readonly MemberSpan[] {
  const holder: JsonValue | undefined = path.length === 0 ? root : root[tableKey];
  const names = isJsonObject(holder) ? Object.keys(holder) : [];
  return names.flatMap((name) => positions.span([...path, name]) ?? []).toSorted((one, other) => one.key - other.key);
}

/** Puts a member behind the last one of an object. */
function insert(edited: Edited, path: readonly string[], name: string, value: JsonObject): string {
  const { text, positions } = edited;
  const holder = positions.span(path);
  if (holder === undefined) throw new OmniError("internal", "An object that was read has no place.");
  const close = holder.end - 1;
  const last = membersOf(edited, path).at(-1);
  const outer = indentAt(text, holder.key);
  const inner = last === undefined || !isFirstOfLine(text, last.key) ? outer + unitOf(text) : indentAt(text, last.key);
  const member = `${inner}${JSON.stringify(name)}: ${toText(value, inner, unitOf(text))}`;
  const hasComma = last === undefined || last.comma !== undefined;
  const head = last === undefined ? text.slice(0, close) : `${text.slice(0, last.end)}${hasComma ? "" : ","}${text.slice(last.end, close)}`;
  return `${head.trimEnd()}\n${member}\n${outer}${text.slice(close)}`;
}

/** Takes a member out, with every one of the same name. */
function remove(text: string, path: string, name: string): string {
  const edited = read(text, path);
  const span = edited.positions.span([tableKey, name]);
  if (span === undefined) return text;
  const members = membersOf(edited, [tableKey]);
  const place = members.indexOf(span);
  const before = members[place - 1];
  const without = cutOut(text, span.key, span.comma === undefined ? span.end : span.comma + 1);
  // The one before is the last now; what is said between the two stays.
  const rest = span.comma === undefined && before?.comma !== undefined ? splice(without, before.comma, before.comma + 1, "") : without;
  return remove(rest, path, name);
}

/** Takes a piece out, with its line where nothing else stands there. */
function cutOut(text: string, from: number, to: number): string {
  const behind = /^[ \t]*(\r?\n)?/.exec(text.slice(to));
  const hasLine = behind?.[1] !== undefined && isFirstOfLine(text, from);
  return hasLine ? splice(text, text.lastIndexOf("\n", from - 1) + 1, to + behind[0].length, "") : splice(text, from, to + (behind?.[1] === undefined ? (behind?.[0].length ?? 0) : 0), "");
}

function splice(text: string, from: number, to: number, middle: string): string {
  return text.slice(0, from) + middle + text.slice(to);
}

function toText(value: JsonObject, indent: string, unit: string): string {
  return JSON.stringify(value, null, unit).replaceAll("\n", `\n${indent}`);
}

/** The white space that the line of a place begins with. */
function indentAt(text: string, at: number): string {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, Math.max(start, at)))?.[0] ?? "";
}

function isFirstOfLine(text: string, at: number): boolean {
  return text.slice(text.lastIndexOf("\n", at - 1) + 1, at).trim() === "";
}

/** How deep the file indents. */
function unitOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
}
