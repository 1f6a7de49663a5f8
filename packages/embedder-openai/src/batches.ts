/** Most characters of one request, whatever the number of its texts: OpenAI takes 300,000 tokens, and a token can be one character. */
const mostCharacters = 200_000;

/** Splits texts into batches of at most `most` texts, in order. A text longer than a request has one of its own. */
export function toBatches(texts: readonly string[], most: number): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let characters = 0;
  for (const text of texts) {
    const last = batches.at(-1);
    if (last === undefined || last.length >= most || characters + text.length > mostCharacters) {
      batches.push([text]);
      characters = text.length;
    } else {
      last.push(text);
      characters += text.length;
    }
  }
  return batches;
}
