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
  /** Takes a row out, where there is one. What is left of a matrix that was four times as large gives the memory back. */
  remove(episode: number): void;
  /** Takes out every row but these. */
  retain(episodes: ReadonlySet<number>): void;
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
  /** The last row takes the place of the one that is taken out, so that there are no gaps to search. */
  remove(episode: number): void;
  /** Dot products of every row with the query's bytes. */
  multiply(query: QuantisedVector): Int32Array;
}

/** Rows that there is room for at least. */
const leastRoom = 256;
/** Rows are moved to a smaller room when no more than one in so many of their places is taken. */
const placesARow = 4;

function createRows(dimensions: number): Rows {
  let kernel = createDotKernel();
  const stride = Math.ceil(dimensions / 16) * 16;
  const slots = new Map<number, number>();
  let room = 0;
  const rows = { size: 0, episodes: new Float64Array(0), scopes: new Int32Array(0), factors: new Float32Array(0) };
  const setRoom = (wanted: number): void => {
    room = Math.max(leastRoom, wanted);
    rows.episodes = moved(rows.episodes, rows.size, new Float64Array(room));
    rows.scopes = moved(rows.scopes, rows.size, new Int32Array(room));
    rows.factors = moved(rows.factors, rows.size, new Float32Array(room));
  };
  /** A kernel's memory only grows, so fewer rows have a new one. */
  const shrink = (): void => {
    const old = kernel.bytes(0).subarray(0, stride * (rows.size + 1));
    setRoom(Math.ceil(rows.size * 1.25));
    kernel = createDotKernel();
    kernel.bytes(stride * (room + 1)).set(old);
  };
  return Object.assign(rows, {
    slot: (episode: number) => slots.get(episode),
    put(episode: number, scope: number, { factor, numbers }: QuantisedVector): void {
      if (rows.size >= room) setRoom(Math.ceil(room * 1.25));
      const slot = slots.get(episode) ?? rows.size++;
      slots.set(episode, slot);
      rows.episodes[slot] = episode;
      rows.scopes[slot] = scope;
      rows.factors[slot] = factor;
      kernel.bytes(stride * (room + 1)).set(numbers, stride * (slot + 1));
    },
    remove(episode: number): void {
      const slot = slots.get(episode);
      if (slot === undefined) return;
      const last = --rows.size;
      const moving = rows.episodes[last] ?? 0;
      rows.episodes[slot] = moving;
      rows.scopes[slot] = rows.scopes[last] ?? 0;
      rows.factors[slot] = rows.factors[last] ?? 0;
      kernel.bytes(0).copyWithin(stride * (slot + 1), stride * (last + 1), stride * (last + 2));
      slots.set(moving, slot);
      slots.delete(episode);
      if (room > leastRoom && rows.size * placesARow <= room) shrink();
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
    remove: rows.remove,
    retain(episodes) {
      // From the end, so that what takes a free place has been looked at.
      for (let slot = rows.size - 1; slot >= 0; slot--) {
        const episode = rows.episodes[slot] ?? 0;
        if (!episodes.has(episode)) rows.remove(episode);
      }
    },
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

function moved<Numbers extends Float64Array | Int32Array | Float32Array>(old: Numbers, count: number, into: Numbers): Numbers {
  into.set(old.subarray(0, count));
  return into;
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
