/** Which vectors an embedder makes; stored with each vector so that a change is noticed. */
export interface EmbeddingIdentity {
  readonly model: string;
  readonly dimensions: number;
  readonly version: string;
}

/**
 * Text to vectors. Obligations: one finite vector of `identity.dimensions`
 * numbers per text, in order; same text, same vector; rejects with
 * `embedder.failed`; an empty text is a zero vector.
 */
export interface Embedder {
  readonly identity: EmbeddingIdentity;
  /** BCP 47 language codes it knows; empty means any. */
  readonly languages: readonly string[];
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
  close(): Promise<void>;
}
