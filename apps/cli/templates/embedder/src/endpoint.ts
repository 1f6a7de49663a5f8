// Yours to write, at most 40 lines of code: which vectors these are, what is posted to your endpoint, and the vectors of its answer.
// What stands here works and passes the kit; put your own in its place.

import type { EmbeddingIdentity, JsonObject } from "@omni/core";

/** Which vectors these are. Change `version` when the same text gets another one. */
export const identity: EmbeddingIdentity = { model: "__name__", dimensions: 128, version: "1" };

/** BCP 47 codes of the languages it knows; none for any. */
export const languages: readonly string[] = [];

/** Most texts of one request, and most UTF-16 units of a text: the rest of a longer one is left out. */
export const mostTexts = 64;
export const mostUnits = 8_000;

/** What is posted for some texts. */
export function toBody(texts: readonly string[]): JsonObject {
  return { texts };
}

/** The vectors of an answer, in order; undefined where it holds none. What has another length is refused by whoever asked. */
export function toVectors(answer: unknown): readonly Float32Array[] | undefined {
  if (typeof answer !== "object" || answer === null || !("vectors" in answer) || !Array.isArray(answer.vectors)) return undefined;
  return answer.vectors.map((vector: unknown) => (Array.isArray(vector) ? Float32Array.from(vector, Number) : new Float32Array()));
}
