import { readFile } from "node:fs/promises";
import type { JsonObject } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ParseError } from "jsonc-parser";
import type { Place } from "./place.ts";
import { isJsonObject } from "./json-shape.ts";

/** Largest configuration file that is read, bytes. */
const maxBytes = 1_048_576;

/** A configuration file as it is on disk. */
export interface ConfigText {
  readonly path: string;
  readonly text: string;
  readonly value: JsonObject;
}

/** Where in a text something stands; both count from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** One fault of syntax. */
export interface SyntaxProblem extends TextPosition {
  readonly message: string;
}

/** Reads and parses a configuration file; undefined when there is none. Throws `config.invalid`. */
export async function readConfigText(path: string): Promise<ConfigText | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : { path, text, value: await parseConfigText(text, path) };
}

/** The text of a file, undefined when there is none. Throws `config.invalid` when it cannot be read, is too large or is no UTF-8. */
export async function readText(path: string): Promise<string | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    // Where a part of the way is no folder there is no file either; whoever needs the folder says so.
    if (isCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw new OmniError("config.invalid", `${path} cannot be read (${toCode(error)}); mend its rights, or remove it.`, { cause: error });
  }
  if (bytes.length > maxBytes) throw new OmniError("config.invalid", `${path} is larger than ${maxBytes} bytes, which no configuration is.`);
  return decode(bytes, path);
}

/**
 * The object in a JSON text with comments and trailing commas. Plain JSON is
 * parsed without loading a parser. Throws `config.invalid` with
 * `file:line:column`, what was expected and what was found.
 */
export async function parseConfigText(text: string, path: string): Promise<JsonObject> {
  const value = parsePlain(text) ?? (await parseCommented(text, path));
  if (!isJsonObject(value)) throw new OmniError("config.invalid", `${path}:1:1: expected an object in braces`);
  return value;
}

function parsePlain(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function parseCommented(text: string, path: string): Promise<unknown> {
  const { parse } = await import("jsonc-parser");
  const [first] = await findSyntaxProblems(text);
  if (first !== undefined) throw new OmniError("config.invalid", `${path}:${first.line}:${first.column}: ${first.message}`);
  const value: unknown = parse(text, [], { allowTrailingComma: true });
  return value;
}

/** Every fault of syntax in a JSON text with comments, in order. */
export async function findSyntaxProblems(text: string): Promise<readonly SyntaxProblem[]> {
  const { parse } = await import("jsonc-parser");
  const errors: ParseError[] = [];
  parse(text, errors, { allowTrailingComma: true });
  return errors.map((error) => {
    const found = text.slice(error.offset, error.offset + 1);
    const what = found === "" ? "the end of the file" : JSON.stringify(found);
    return { ...toPosition(text, error.offset), message: `${errorWords[error.error] ?? "the JSON is broken"}, found ${what}` };
  });
}

/** What the parser's error codes mean, in words. */
const errorWords: Readonly<Record<number, string>> = {
  1: "expected a word of JSON (true, false, null, a string in quotes)",
  2: "expected a number of JSON",
  3: "expected a key in double quotes",
  4: "expected a value",
  5: "expected a colon",
  6: "expected a comma",
  7: "expected a closing brace }",
  8: "expected a closing bracket ]",
  9: "expected the end of the file",
  11: "expected the end of a comment */",
  12: "expected the end of a string \"",
  13: "expected a whole number of JSON",
  14: "expected a \\u escape with four digits",
  15: "expected an escape that JSON knows",
  16: "expected a character that JSON allows",
};

/** Where a place stands in a text: its key when `ofKey` asks for it, else its value; the start when it is not there. */
export async function locate(text: string, place: Place, ofKey = false): Promise<TextPosition> {
  const { findNodeAtLocation, parseTree } = await import("jsonc-parser");
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const node = tree === undefined ? undefined : findNodeAtLocation(tree, [...place]);
  const shown = ofKey && node?.parent?.type === "property" ? node.parent : node;
  return toPosition(text, shown?.offset ?? 0);
}

function toPosition(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new OmniError("config.invalid", `${path} is not UTF-8 text; save it as UTF-8.`, { cause: error });
  }
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(toCode(error));
}

/** The operating system's code of an error, `EACCES`. */
export function toCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error";
}
