/**
 * The name out of `names` that `name` was most likely meant to be: the one
 * with the fewest edits, undefined when more than a third of the letters
 * would have to change. Case does not count.
 */
export function findNearestName(name: string, names: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const candidate of names) {
    const edits = countEdits(wanted, candidate.toLowerCase());
    const most = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    const isNear = edits <= most && edits < Math.min(wanted.length, candidate.length);
    if (isNear && (best === undefined || edits < best.edits)) best = { name: candidate, edits };
  }
  return best?.name;
}

/** Edits (insert, delete, replace, swap of neighbours) between two short words; words beyond 64 letters are not compared. */
function countEdits(from: string, to: string): number {
  if (from.length > 64 || to.length > 64) return from === to ? 0 : Number.POSITIVE_INFINITY;
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const replaced = at(last, column - 1) + (isSame ? 0 : 1);
      const swapped = isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(at(last, column) + 1, at(current, column - 1) + 1, replaced, swapped));
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
