/**
 * A loop in WebAssembly over rows of signed bytes, sixteen at a time. In its
 * own text form:
 *
 *     (func (export "dots") (param $rows i32) (param $count i32) (param $stride i32) (param $query i32) (param $out i32)
 *       for each of $count rows: sum = i32x4 0
 *         for each 16 bytes: sum += dot(extend_low row, extend_low query) + dot(extend_high row, extend_high query)
 *         store the sum of the four lanes at $out; $out += 4
 *
 * Plain JavaScript takes twenty times as long (100,000 rows of 384 bytes: 2.4 ms here, 47 ms there).
 */
const code =
  "AGFzbQEAAAABCQFgBX9/f39/AAIIAQFlAW0CAAEDAgEABwgBBGRvdHMAAAqpAQGmAQICfwN7AkADQCABRQ0BIAAgAmohBSADIQb9DAAAAAAAAAAAAAAAAAAAAAAhBwNAIAD9AAAAIQggBv0AAAAhCSAHIAj9hwEgCf2HAf26Af2uASAI/YgBIAn9iAH9ugH9rgEhByAGQRBqIQYgAEEQaiIAIAVJDQALIAQgB/0bACAH/RsBaiAH/RsCaiAH/RsDajYCACAEQQRqIQQgAUEBayEBDAALCws=";

/** The part of the runtime's WebAssembly that is used; the types of Node leave it out. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

/** Bytes of one page of WebAssembly's memory. */
const pageBytes = 65_536;

/** Memory with a loop over it. */
export interface DotKernel {
  /** All of the memory, at least `bytes` long; what was there stays. */
  bytes(bytes: number): Int8Array;
  /** Writes the dot products of `count` rows from `rows` with the query, as 32-bit numbers from `out`. All are places in the memory; `stride` is a multiple of 16. */
  dots(rows: number, count: number, stride: number, query: number, out: number): void;
}

/** Makes a kernel with a memory of its own. */
export function createDotKernel(): DotKernel {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { dots } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(code, "base64")), { e: { m: memory } }).exports;
  if (typeof dots !== "function") throw new TypeError("the kernel has no dots");
  return {
    bytes(bytes) {
      const missing = bytes - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
      return new Int8Array(memory.buffer);
    },
    dots: (...places) => void dots(...places),
  };
}
