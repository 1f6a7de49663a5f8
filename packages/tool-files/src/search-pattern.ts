/** Longest pattern that is taken. */
const mostCharacters = 2_000;

/**
 * The expression of a search: a JavaScript regular expression, tried with
 * Unicode rules first and without them where those refuse it. `(?i)` at the
 * head ignores case. A string instead says what is wrong and how to mend it.
 */
export function toSearchPattern(pattern: string): RegExp | string {
  if (pattern.length > mostCharacters) return `The pattern has ${pattern.length} characters; at most ${mostCharacters} are taken.`;
  const isFolded = pattern.startsWith("(?i)");
  const source = isFolded ? pattern.slice(4) : pattern;
  const flags = isFolded ? "i" : "";
  return compile(source, `${flags}u`) ?? compile(source, flags) ?? toProblem(source);
}

function compile(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

function toProblem(source: string): string {
  const escaped = source.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return `The pattern ${source} is not a valid regular expression. To search for this very text, escape it: ${escaped}`;
}
