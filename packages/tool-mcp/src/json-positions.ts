/** Where in a text something stands; both count from 1, columns in characters. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A JSON text with its places. */
export interface JsonPositions {
  /** The first fault of syntax, if there is one. */
  readonly problem?: TextPosition & { readonly message: string };
  /** Where the key at the end of `path` stands; the start of the text where there is none. */
  locate(path: readonly string[]): TextPosition;
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
  readonly keys: Map<string, number>;
  at: number;
}

/** Finds the places of all keys of a JSON text, and its first fault of syntax. It does not make the value: `JSON.parse` does. */
export function scanJson(text: string): JsonPositions {
  const scan: Scan = { text, keys: new Map(), at: text.startsWith("\uFEFF") ? 1 : 0 };
  const locate = (path: readonly string[]): TextPosition => toPosition(text, scan.keys.get(JSON.stringify(path)) ?? 0);
  try {
    scanValue(scan, [], 0);
    skipSpace(scan);
    if (scan.at < text.length) throw new Fault("expected the end of the file", scan.at);
    return { locate };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const found = text.slice(error.offset, error.offset + 1);
    const what = found === "" ? "the end of the file" : JSON.stringify(found);
    return { locate, problem: { ...toPosition(text, error.offset), message: `${error.message}, found ${what}` } };
  }
}

function scanValue(scan: Scan, path: readonly string[], depth: number): void {
  skipSpace(scan);
  if (depth > deepest) throw new Fault("expected less nesting", scan.at);
  const next = scan.text[scan.at];
  if (next === "{") scanObject(scan, path, depth);
  else if (next === "[") scanList(scan, path, depth);
  else if (next === '"') scanString(scan);
  else if (!accept(scan, /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y)) throw new Fault("expected a value", scan.at);
}

function scanObject(scan: Scan, path: readonly string[], depth: number): void {
  scan.at += 1;
  skipSpace(scan);
  if (accept(scan, /\}/y)) return;
  for (;;) {
    skipSpace(scan);
    if (scan.text[scan.at] !== '"') throw new Fault("expected a key in double quotes", scan.at);
    const start = scan.at;
    const inner = [...path, scanString(scan)];
    scan.keys.set(JSON.stringify(inner), start);
    skipSpace(scan);
    if (!accept(scan, /:/y)) throw new Fault("expected a colon", scan.at);
    scanValue(scan, inner, depth + 1);
    skipSpace(scan);
    if (accept(scan, /\}/y)) return;
    if (!accept(scan, /,/y)) throw new Fault("expected a comma or a closing brace }", scan.at);
  }
}

function scanList(scan: Scan, path: readonly string[], depth: number): void {
  scan.at += 1;
  skipSpace(scan);
  if (accept(scan, /\]/y)) return;
  for (let index = 0; ; index += 1) {
    scanValue(scan, [...path, String(index)], depth + 1);
    skipSpace(scan);
    if (accept(scan, /\]/y)) return;
    if (!accept(scan, /,/y)) throw new Fault("expected a comma or a closing bracket ]", scan.at);
  }
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
  accept(scan, /[ \t\r\n]+/y);
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
