import { OmniError } from "@omni/core";

/** What an answer must hold. */
export interface ExpectedVectors {
  readonly count: number;
  readonly dimensions: number;
  /** Scheme, host and port, for messages. */
  readonly origin: string;
  readonly model: string;
}

type Loose = Readonly<Record<string, unknown>>;

/**
 * The vectors of an answer, in the order of the texts: by `index` where every
 * item has one, else as they stand. Numbers may be a list or, as OpenAI's
 * `base64`, little-endian floats. Throws `embedder.failed`, not to be retried,
 * for anything else: too few, too many, another length, a number that is none.
 */
export function readVectors(answer: unknown, expected: ExpectedVectors): readonly Float32Array[] {
  const { count, dimensions } = expected;
  if (!isLoose(answer) || !Array.isArray(answer.data)) throw toWrong(expected, "an answer without vectors");
  const items: readonly unknown[] = answer.data;
  if (items.length !== count) throw toWrong(expected, `${items.length} vectors for ${count} texts`);
  const vectors = inOrder(items, expected).map((item) => toVector(isLoose(item) ? item.embedding : undefined));
  for (const vector of vectors) {
    if (vector === undefined) throw toWrong(expected, "a vector that is no list of numbers");
    if (vector.length !== dimensions) throw toWrong(expected, `a vector of ${vector.length} numbers instead of ${dimensions}; set embedder.with.dimensions to what the model gives`);
  }
  return vectors.filter((vector) => vector !== undefined);
}

function inOrder(items: readonly unknown[], expected: ExpectedVectors): readonly unknown[] {
  const indices = items.map((item) => (isLoose(item) ? item.index : undefined));
  if (indices.every((index) => index === undefined)) return items;
  // Some servers number every item 0.
  if (items.length > 1 && indices.every((index) => index === 0)) return items;
  const placed = new Map(indices.map((index, position) => [index, items[position]]));
  return items.map((_, index) => {
    if (!placed.has(index)) throw toWrong(expected, "vectors whose numbering does not fit the texts");
    return placed.get(index);
  });
}

function toVector(value: unknown): Float32Array | undefined {
  const vector = typeof value === "string" ? fromBase64(value) : Array.isArray(value) && value.every((each) => typeof each === "number") ? Float32Array.from(value) : undefined;
  return vector?.every(Number.isFinite) === true ? vector : undefined;
}

function fromBase64(text: string): Float32Array | undefined {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length % 4 !== 0) return undefined;
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}

function toWrong({ origin, model }: ExpectedVectors, what: string): OmniError {
  return new OmniError("embedder.failed", `The embedding endpoint ${origin} answered with ${what} (model ${JSON.stringify(model.slice(0, 100))}).`);
}

function isLoose(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
