import { isOmniError, OmniError } from "@omni/core";
import type { MediaType } from "./media-type.ts";
import { isNestedTooDeep, mostLevels } from "./json-levels.ts";
import { toMediaType } from "./media-type.ts";

/** A JSON object as it came in: nothing of it is checked yet. */
export type JsonBody = Readonly<Record<string, unknown>>;

/**
 * Reads a body that must be one JSON object in UTF-8, of at most 64 levels. The
 * limit holds while reading, whatever the headers say. Throws `request.invalid`
 * and `request.too-large`.
 */
export async function readJsonBody(request: Request, maxBytes: number): Promise<JsonBody> {
  const type = request.headers.get("content-type");
  if (type !== null && !isJson(toMediaType(type))) throw invalid("The body must be JSON in UTF-8: send content-type application/json.");
  if (!["", "identity"].includes((request.headers.get("content-encoding") ?? "").trim().toLowerCase())) throw invalid("The body must not be compressed.");
  const bytes = await readBytes(request, maxBytes);
  if (bytes.length === 0) throw invalid("The body is empty; send a JSON object.");
  const value = parse(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("The body must be a JSON object.");
  return { ...value };
}

/** Parameters other than `charset` say nothing here. */
function isJson({ name, parameters }: MediaType): boolean {
  return name === "application/json" && parameters.every(([parameter, value]) => parameter !== "charset" || /^utf-?8$/i.test(value));
}

/** Most bytes of a body that says it is too large which are read and thrown away, so that a client that is still sending gets to read the answer. */
const mostDrained = 16_777_216;

/** Bytes of the first piece of memory that a body is read into. */
const leastKept = 4_096;

/** What a body is read from. */
export interface BodySource {
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array> | null;
  /** All of it at once, where the source can. */
  bytes?(): Promise<Uint8Array>;
}

/**
 * Reads a body whole. The limit holds while reading: one that says how long it
 * is may not be longer, so it is read at once where it says that it fits.
 * Throws `request.too-large`, what the body is given up with, and
 * `request.invalid` where it breaks off.
 */
export async function readBytes(request: BodySource, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  const readable = declared > maxBytes ? Math.min(declared, mostDrained) : maxBytes;
  if (declared > readable) throw toTooLarge(maxBytes);
  try {
    const whole = declared > 0 && declared <= maxBytes ? request.bytes?.() : undefined;
    const bytes = await (whole ?? readInPieces(request.body, maxBytes, readable));
    if (bytes.length > maxBytes) throw toTooLarge(maxBytes);
    return bytes;
  } catch (error) {
    throw isOmniError(error) ? error : new OmniError("request.invalid", "The body ended early.", { cause: error });
  }
}

/** At most `readable` bytes, of which those beyond `maxBytes` are counted and not kept. */
async function readInPieces(body: AsyncIterable<Uint8Array> | null, maxBytes: number, readable: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  let kept = new Uint8Array();
  let length = 0;
  for await (const chunk of body) {
    const end = length + chunk.length;
    if (end > readable) throw toTooLarge(maxBytes);
    if (end <= maxBytes) {
      // One piece of memory: a list of chunks of one byte each takes a hundred times what it holds.
      if (end > kept.length) kept = toLonger(kept, Math.min(maxBytes, Math.max(end, 2 * kept.length, leastKept)));
      kept.set(chunk, length);
    }
    length = end;
  }
  if (length > maxBytes) throw toTooLarge(maxBytes);
  return kept.subarray(0, length);
}

function toTooLarge(maxBytes: number): OmniError {
  return new OmniError("request.too-large", `The body has more than ${maxBytes} bytes; put long text into a file of the workspace and name the file.`);
}

function toLonger(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

function parse(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalid("The body is not valid UTF-8.", error);
  }
  if (isNestedTooDeep(text)) throw invalid(`The body nests objects and lists in more than ${mostLevels} levels.`);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalid("The body is not valid JSON.", error);
  }
}

/** A text of the body; undefined when it is absent or null. Throws `request.invalid` naming the field. */
export function toTextField(body: JsonBody, name: string): string | undefined {
  const value = toField(body, name);
  if (value === undefined || typeof value === "string") return value;
  throw invalid(`${JSON.stringify(name)} must be a string.`);
}

/** A yes or no of the body; see `toTextField`. */
export function toFlagField(body: JsonBody, name: string): boolean | undefined {
  const value = toField(body, name);
  if (value === undefined || typeof value === "boolean") return value;
  throw invalid(`${JSON.stringify(name)} must be true or false.`);
}

/** A number above 0 of the body; see `toTextField`. */
export function toAmountField(body: JsonBody, name: string): number | undefined {
  const value = toField(body, name);
  if (value === undefined || (typeof value === "number" && Number.isFinite(value) && value > 0)) return value;
  throw invalid(`${JSON.stringify(name)} must be a number above 0.`);
}

/** A whole number from 1 of the body; see `toTextField`. */
export function toCountField(body: JsonBody, name: string): number | undefined {
  const value = toField(body, name);
  if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 1)) return value;
  throw invalid(`${JSON.stringify(name)} must be a whole number, 1 or more.`);
}

/** One of some words of the body; see `toTextField`. */
export function toWordField<Word extends string>(body: JsonBody, name: string, words: readonly Word[]): Word | undefined {
  const value = toField(body, name);
  const known = words.find((word) => word === value);
  if (value === undefined || known !== undefined) return known;
  throw invalid(`${JSON.stringify(name)} must be one of ${words.map((word) => JSON.stringify(word)).join(", ")}.`);
}

function toField(body: JsonBody, name: string): unknown {
  return Object.hasOwn(body, name) ? (body[name] ?? undefined) : undefined;
}

function invalid(message: string, cause?: unknown): OmniError {
  return new OmniError("request.invalid", message, { cause });
}
