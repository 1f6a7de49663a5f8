/** Where something stands in a configuration: keys and list indexes from the root. */
export type Place = readonly (string | number)[];

/** The place as people write it: `tools.files.with`, `hooks[0].use`. */
export function toPlaceText(place: Place): string {
  return place.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const key = /^[\p{L}\p{N}_$-]+$/u.test(part) ? part : JSON.stringify(part);
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

/** True when `inner` is `outer` or lies below it. */
export function isWithinPlace(inner: Place, outer: Place): boolean {
  return outer.every((part, index) => inner[index] === part);
}
