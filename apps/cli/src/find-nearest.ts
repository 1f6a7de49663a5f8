/** The name most like `word`, when one is like it. Loads what it needs only then: help and good command lines start without it. */
export async function findNearest(word: string, names: readonly string[]): Promise<string | undefined> {
  const { findNearestName } = await import("@omni/runtime");
  return findNearestName(word, names);
}
