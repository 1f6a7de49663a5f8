import type { JsonObject } from "@omni/core";
import { OmniError } from "@omni/core";

/** A JSON object of the gateway, read field by field. Whatever is missing or of a wrong type throws `egress.failed`. */
export interface WireObject {
  text(name: string): string;
  /** Undefined where it is absent or null. */
  optionalText(name: string): string | undefined;
  number(name: string): number;
  optionalNumber(name: string): number | undefined;
  object(name: string): WireObject;
  optionalObject(name: string): WireObject | undefined;
  objects(name: string): readonly WireObject[];
  texts(name: string): readonly string[] | undefined;
  /** One of these words; any other text, which a newer gateway may send, is `otherwise` where that is given. */
  word<Word extends string>(name: string, words: readonly Word[], otherwise?: Word): Word;
  /** The object as it came. */
  readonly raw: JsonObject;
}

/** Reads JSON text that must be an object. Throws `egress.failed`. */
export function parseWireObject(text: string): WireObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw toUnreadable("what it sent is no JSON", cause);
  }
  return toWireObject(value, "the answer");
}

function toWireObject(value: unknown, place: string): WireObject {
  if (!isJsonObject(value)) throw toUnreadable(`${place} is no object`);
  const raw = value;
  const wrong = (name: string, wanted: string): OmniError => toUnreadable(`${JSON.stringify(name)} of ${place} is no ${wanted}`);
  const get = (name: string): unknown => (Object.hasOwn(raw, name) ? (raw[name] ?? undefined) : undefined);
  const list = (name: string): readonly unknown[] | undefined => {
    const found = get(name);
    if (found === undefined || Array.isArray(found)) return found;
    throw wrong(name, "list");
  };
  const reader: WireObject = {
    raw,
    text: (name) => reader.optionalText(name) ?? fail(wrong(name, "text")),
    optionalText(name) {
      const found = get(name);
      if (found === undefined || typeof found === "string") return found;
      throw wrong(name, "text");
    },
    number: (name) => reader.optionalNumber(name) ?? fail(wrong(name, "number")),
    optionalNumber(name) {
      const found = get(name);
      if (found === undefined || typeof found === "number") return found;
      throw wrong(name, "number");
    },
    object: (name) => toWireObject(get(name), JSON.stringify(name)),
    optionalObject: (name) => (get(name) === undefined ? undefined : reader.object(name)),
    objects: (name) => (list(name) ?? fail(wrong(name, "list"))).map((each) => toWireObject(each, JSON.stringify(name))),
    texts: (name) => list(name)?.map((each) => (typeof each === "string" ? each : fail(wrong(name, "list of texts")))),
    word(name, words, otherwise) {
      const found = get(name);
      const other = typeof found === "string" ? otherwise : undefined;
      return words.find((word) => word === found) ?? other ?? fail(wrong(name, `one of ${words.join(", ")}`));
    },
  };
  return reader;
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fail(error: OmniError): never {
  throw error;
}

function toUnreadable(what: string, cause?: unknown): OmniError {
  return new OmniError("egress.failed", `The gateway's answer is not understood: ${what}. Is it a gateway of Omni, of this version?`, { cause });
}
