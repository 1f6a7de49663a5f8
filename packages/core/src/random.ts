/** Chance, injected so that tests own it. */
export interface Random {
  /** Uniform in [0, 1). Not for secrets. */
  next(): number;
  /** A new id: 26 characters of Crockford's base 32, ordered by time of making (ULID). */
  id(): string;
  /** `length` cryptographically strong bytes. */
  bytes(length: number): Uint8Array;
}
