import type { Clock } from "@omni/core";

/** Milliseconds that looks may fail before what they are made for ends all the same. */
const mostBlindMs = 1_000;

/** What a look came to. `unknown`: the store could not be read, which may pass; `unavailable`: it has not passed for a second. */
export type Standing = "good" | "lost" | "unknown" | "unavailable";

/**
 * Looks again at whether somebody still may go on. `isAllowed` rejects where
 * that cannot be read: it says nothing against a token, but nobody goes on for
 * long without an answer.
 */
export function createAuthorityLook(clock: Pick<Clock, "monotonic">, isAllowed: () => Promise<boolean>): () => Promise<Standing> {
  let blindSince: number | undefined;
  return async () => {
    try {
      const isGood = await isAllowed();
      blindSince = undefined;
      return isGood ? "good" : "lost";
    } catch {
      const now = clock.monotonic();
      blindSince ??= now;
      return now - blindSince < mostBlindMs ? "unknown" : "unavailable";
    }
  };
}

/** True where whatever lives by it has to end. */
export function isOver(standing: Standing): boolean {
  return standing === "lost" || standing === "unavailable";
}
