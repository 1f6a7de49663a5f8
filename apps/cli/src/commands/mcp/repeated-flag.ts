/** Every value of a flag that may be given again and again, in order, out of a whole command line that has been found right before. */
export function toRepeated(given: readonly string[], flag: string): readonly string[] {
  const end = given.indexOf("--");
  const flags = end === -1 ? given : given.slice(0, end);
  const inline = `--${flag}=`;
  return flags.flatMap((each, place) => {
    if (each.startsWith(inline)) return [each.slice(inline.length)];
    const next = flags[place + 1];
    return each === `--${flag}` && next !== undefined ? [next] : [];
  });
}
