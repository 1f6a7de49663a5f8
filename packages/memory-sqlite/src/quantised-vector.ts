/** Bytes before the numbers: the factor as a 32-bit float. */
const headBytes = 4;

/** A vector of length one as signed bytes and the factor that makes numbers of them again. */
export interface QuantisedVector {
  readonly factor: number;
  readonly numbers: Int8Array;
}

/** Brings a vector to length one and its numbers to bytes. One without a direction is all zeros. Undefined for numbers that are not finite. */
export function toQuantised(vector: Float32Array): QuantisedVector | undefined {
  let square = 0;
  let largest = 0;
  for (const number of vector) {
    if (!Number.isFinite(number)) return undefined;
    square += number * number;
    largest = Math.max(largest, Math.abs(number));
  }
  if (!Number.isFinite(square)) return undefined;
  const length = Math.sqrt(square);
  if (length === 0 || largest === 0) return { factor: 0, numbers: new Int8Array(vector.length) };
  return { factor: largest / length / 127, numbers: Int8Array.from(vector, (number) => Math.round((number / largest) * 127)) };
}

/** The vector as it is kept. */
export function toBlob({ factor, numbers }: QuantisedVector): Uint8Array {
  const blob = new Uint8Array(headBytes + numbers.length);
  new DataView(blob.buffer).setFloat32(0, factor, true);
  blob.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.length), headBytes);
  return blob;
}

/** The vector that `toBlob` was given. */
export function fromBlob(blob: Uint8Array): QuantisedVector {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  return { factor: view.getFloat32(0, true), numbers: new Int8Array(blob.buffer, blob.byteOffset + headBytes, blob.byteLength - headBytes) };
}

/** The cosine of two. */
export function toCosine(left: QuantisedVector, right: QuantisedVector): number {
  let sum = 0;
  for (let index = 0; index < left.numbers.length; index++) sum += (left.numbers[index] ?? 0) * (right.numbers[index] ?? 0);
  return sum * left.factor * right.factor;
}
