import type { JsonObject, JsonValue } from "@omni/core";

/** Where in a text something stands; both count from 1, columns in characters. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Where a member of an object stands, in UTF-16 units from the start. */
export interface MemberSpan {
  readonly key: number;
  readonly value: number;
  /** Behind the value. */
  readonly end: number;
  /** Of the comma behind it, where there is one. */
  readonly comma: number | undefined;
}

/** A JSON text, with comments or not, with its places. */
export interface JsonPositions {
  /** The first fault of syntax, if there is one. */
  readonly problem?: TextPosition & { readonly message: string };
  /** What the text says; undefined where there is a fault. */
  readonly value: JsonValue | undefined;
  /** False where there are comments or a comma too many, which files for people may have. */
  readonly isPlain: boolean;
  /** Where the key at the end of `path` stands; the start of the text where there is none. */
  locate(path: readonly string[]): TextPosition;
  /** The same in full, of the whole for an empty path; of a key that comes twice the last one. */
  span(path: readonly string[]): MemberSpan | undefined;
}

/** Deepest nesting that is followed. */
const deepest = 200;

class Fault extends Error {
  readonly offset: number;

  constructor(expected: string, offset: number) {
    super(expected);
    this.offset = offset;
  }
}

interface Scan {
  readonly text: string;
  readonly spans: Map<string, MemberSpan>;
  at: number;
  isPlain: boolean;
}

/** Reads a JSON text with the places of all its keys, or its first fault of syntax. Comments, and a comma behind a last member, are taken. */
export function scanJson(text: string): JsonPositions {
  const scan: Scan = { text, spans: new Map(), at: text.startsWith("\uFEFF") ? 1 : 0, isPlain: true };
  const span = (path: readonly string[]): MemberSpan | undefined => scan.spans.get(JSON.stringify(path));
  const locate = (path: readonly string[]): TextPosition => toPosition(text, span(path)?.key ?? 0);
  try {
    skipSpace(scan);
    const start = scan.at;
    const value = scanValue(scan, [], 0);
    scan.spans.set(JSON.stringify([]), { key: start, value: start, end: scan.at, comma: undefined });
    skipSpace(scan);
    if (scan.at < text.length) throw new Fault("expected the end of the file", scan.at);
    return { value, isPlain: scan.isPlain, locate, span };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const found = text.slice(error.offset, error.offset + 1);
    const what = found === "" ? "the end of the file" : JSON.stringify(found);
    return { value: undefined, isPlain: scan.isPlain, locate, span, problem: { ...toPosition(text, error.offset), message: `${error.message}, found ${what}` } };
  }
}

function scanValue(scan: Scan, path: readonly string[], depth: number): JsonValue {
  skipSpace(scan);
  if (depth > deepest) throw new Fault("expected less nesting", scan.at);
  const next = scan.text[scan.at];
  if (next === "{") return scanObject(scan, path, depth);
  if (next === "[") return scanList(scan, path, depth);
  if (next === '"') return scanString(scan);
  const start = scan.at;
  if (!accept(scan, /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y)) throw new Fault("expected a value", scan.at);
  const value: JsonValue = JSON.parse(scan.text.slice(start, scan.at)) as JsonValue;
  return value;
}

function scanObject(scan: Scan, path: readonly string[], depth: number): JsonObject {
  const members = new Map<string, JsonValue>();
  scan.at += 1;
  for (;;) {
    skipSpace(scan);
    if (accept(scan, /\}/y)) break;
    if (scan.text[scan.at] !== '"') throw new Fault("expected a key in double quotes", scan.at);
    const key = scan.at;
    const name = scanString(scan);
    const place = JSON.stringify([...path, name]);
    // Known at once, so that what is wrong within it can be placed.
    scan.spans.set(place, { key, value: scan.at, end: scan.at, comma: undefined });
    skipSpace(scan);
    if (!accept(scan, /:/y)) throw new Fault("expected a colon", scan.at);
    skipSpace(scan);
    const start = scan.at;
    members.set(name, scanValue(scan, [...path, name], depth + 1));
    const end = scan.at;
    const comma = scanEnd(scan, "}", "expected a comma or a closing brace }");
    scan.spans.set(place, { key, value: start, end, comma });
    if (comma === undefined) break;
  }
  return Object.fromEntries(members);
}

function scanList(scan: Scan, path: readonly string[], depth: number): readonly JsonValue[] {
  const items: JsonValue[] = [];
  scan.at += 1;
  for (;;) {
    skipSpace(scan);
    if (accept(scan, /\]/y)) break;
    items.push(scanValue(scan, [...path, String(items.length)], depth + 1));
    if (scanEnd(scan, "]", "expected a comma or a closing bracket ]") === undefined) break;
  }
  return items;
}

/** Reads what stands behind a member or an item: the place of a comma, or undefined for the end of the whole. */
function scanEnd(scan: Scan, closing: "}" | "]", expected: string): number | undefined {
  skipSpace(scan);
  const at = scan.at;
  if (scan.text[at] === closing) {
    scan.at += 1;
    return undefined;
  }
  if (!accept(scan, /,/y)) throw new Fault(expected, at);
  skipSpace(scan);
  if (scan.text[scan.at] === closing) scan.isPlain = false;
  return at;
}

function scanString(scan: Scan): string {
  const start = scan.at;
  scan.at += 1;
  // Control characters and bad escapes end the run: they are the fault.
  accept(scan, /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))+/y);
  if (scan.text[scan.at] !== '"') throw new Fault(scan.text[scan.at] === "\\" ? "expected an escape that JSON knows" : 'expected the end of a text "', scan.at);
  scan.at += 1;
  const value: unknown = JSON.parse(scan.text.slice(start, scan.at));
  return String(value);
}

function skipSpace(scan: Scan): void {
  for (;;) {
    accept(scan, /[ \t\r\n]+/y);
    if (accept(scan, /\/\/[^\r\n]*|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\//y)) scan.isPlain = false;
    else return;
  }
}

function accept(scan: Scan, pattern: RegExp): boolean {
  pattern.lastIndex = scan.at;
  if (!pattern.test(scan.text)) return false;
  scan.at = pattern.lastIndex;
  return true;
}

function toPosition(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}
