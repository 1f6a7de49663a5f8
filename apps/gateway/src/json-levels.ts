/** Most objects and lists within each other: what walks a value by calling itself has room for these, and nobody who means well sends as many. */
export const mostLevels = 64;

/** True where a JSON text nests deeper than that. It is looked at before it is parsed; of text that is no JSON it says nothing that counts. */
export function isNestedTooDeep(text: string): boolean {
  let level = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') index = toStringEnd(text, index);
    else if (character === "}" || character === "]") level -= 1;
    else if (character === "{" || character === "[") level += 1;
    if (level > mostLevels) return true;
  }
  return false;
}

/** Where the string ends that begins at `start`: at a quote that an even number of backslashes stands before. */
function toStringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
