import type { QuantisedVector } from "./quantised-vector.ts";
import { createDotKernel } from "./dot-kernel.ts";

/** What a search of the matrix found. */
export interface VectorHits {
  /** Cosine of each row that is searched, by the episode's number; undefined for one without a vector. */
  cosine(episode: number): number | undefined;
  /** Numbers of the nearest episodes, at most as many as asked for, the nearest first. */
  readonly nearest: readonly number[];
  /** Cosines of all rows, also of other scopes, or of some thousands spread evenly over them; the smallest first. The next search writes over it. */
  readonly sample: Float32Array;
  /** Rows of these scopes. */
  readonly searched: number;
}

/** Vectors of one embedder side by side in memory: a byte a number and 12 bytes a vector beside them. */
export interface VectorMatrix {
  readonly dimensions: number;
  readonly size: number;
  add(episode: number, scope: number, vector: QuantisedVector): void;
  /** Looks at every vector of these scopes. */
  search(query: QuantisedVector, scopes: ReadonlySet<number>, most: number): VectorHits;
}

/** Rows with what is known of each; slots count from 0. */
interface Rows {
  readonly size: number;
  readonly episodes: Float64Array;
  readonly scopes: Int32Array;
  readonly factors: Float32Array;
  slot(episode: number): number | undefined;
  put(episode: number, scope: number, vector: QuantisedVector): void;
  /** Dot products of every row with the query's bytes. */
  multiply(query: QuantisedVector): Int32Array;
}

function createRows(dimensions: number): Rows {
  const kernel = createDotKernel();
  const stride = Math.ceil(dimensions / 16) * 16;
  const slots = new Map<number, number>();
  let room = 0;
  const rows = { size: 0, episodes: new Float64Array(0), scopes: new Int32Array(0), factors: new Float32Array(0) };
  const ensureRoom = (): void => {
    if (rows.size < room) return;
    room = Math.max(256, Math.ceil(room * 1.25));
    rows.episodes = grown(rows.episodes, new Float64Array(room));
    rows.scopes = grown(rows.scopes, new Int32Array(room));
    rows.factors = grown(rows.factors, new Float32Array(room));
  };
  return Object.assign(rows, {
    slot: (episode: number) => slots.get(episode),
    put(episode: number, scope: number, { factor, numbers }: QuantisedVector): void {
      ensureRoom();
      const slot = slots.get(episode) ?? rows.size++;
      slots.set(episode, slot);
      rows.episodes[slot] = episode;
      rows.scopes[slot] = scope;
      rows.factors[slot] = factor;
      kernel.bytes(stride * (room + 1)).set(numbers, stride * (slot + 1));
    },
    // The query lies first, then the rows, and the results after the last row there is room for.
    multiply(query: QuantisedVector): Int32Array {
      if (rows.size === 0) return new Int32Array(0);
      const out = stride * (room + 1);
      const bytes = kernel.bytes(out + 4 * room);
      bytes.set(query.numbers, 0);
      kernel.dots(stride, rows.size, stride, 0, out);
      return new Int32Array(bytes.buffer, out, rows.size);
    },
  });
}

/** Makes an empty matrix. A vector that is added again takes the place of the earlier one. */
export function createVectorMatrix(dimensions: number): VectorMatrix {
  const rows = createRows(dimensions);
  // One for all searches: what each left behind would stay for a while.
  const sample = new Float32Array(sampleSize);
  return {
    dimensions,
    get size() {
      return rows.size;
    },
    add: rows.put,
    search(query, scopes, most) {
      const products = rows.multiply(query);
      const { factors, scopes: scopesOf, size } = rows;
      const best = createBest(most);
      const queryFactor = query.factor;
      const toCosine = (slot: number): number => (products[slot] ?? 0) * (factors[slot] ?? 0) * queryFactor;
      let searched = 0;
      let lastScope = -1;
      let isWanted = false;
      for (let slot = 0; slot < size; slot++) {
        const scope = scopesOf[slot] ?? 0;
        if (scope !== lastScope) isWanted = scopes.has(scope);
        lastScope = scope;
        if (!isWanted) continue;
        searched++;
        const cosine = toCosine(slot);
        if (cosine > best.bound) best.add(slot, cosine);
      }
      return {
        cosine(episode) {
          const slot = rows.slot(episode);
          return slot === undefined ? undefined : toCosine(slot);
        },
        nearest: best.slots().map((slot) => rows.episodes[slot] ?? 0),
        sample: fillSample(sample, size, toCosine),
        searched,
      };
    },
  };
}

/** Cosines that are looked at together: enough to see their middle and spread, and sorted in a fraction of a millisecond. */
const sampleSize = 4_096;

function fillSample(sample: Float32Array, size: number, toCosine: (slot: number) => number): Float32Array {
  const step = Math.max(1, Math.ceil(size / sampleSize));
  const filled = sample.subarray(0, Math.ceil(size / step));
  for (let index = 0; index < filled.length; index++) filled[index] = toCosine(index * step);
  return filled.sort();
}

function grown<Numbers extends Float64Array | Int32Array | Float32Array>(old: Numbers, larger: Numbers): Numbers {
  larger.set(old);
  return larger;
}

interface Best {
  /** What a cosine must exceed; it rises as better ones come. */
  readonly bound: number;
  add(slot: number, cosine: number): void;
  slots(): readonly number[];
}

/** The slots with the largest cosines above 0; the list is cut when it is twice as long as needed. */
function createBest(most: number): Best {
  let kept: { readonly slot: number; readonly cosine: number }[] = [];
  const best = {
    bound: 0,
    add(slot: number, cosine: number): void {
      kept.push({ slot, cosine });
      if (kept.length >= 2 * most + 64) cut();
    },
    slots(): readonly number[] {
      cut();
      return kept.map(({ slot }) => slot);
    },
  };
  const cut = (): void => {
    kept = kept.sort((left, right) => right.cosine - left.cosine || left.slot - right.slot).slice(0, most);
    if (kept.length === most) best.bound = kept.at(-1)?.cosine ?? 0;
  };
  return best;
}
