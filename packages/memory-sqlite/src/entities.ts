/** Words that begin with a capital and go on so, across at most a small word between (`University of Leeds`). */
const names = /(?=\p{Lu})(?<![.!?…:]\s*|^\s*|["“«]\s*|[\p{L}\p{N}])\p{Lu}[\p{L}\p{M}\p{N}'’-]*(?: (?:of |de |la |von |van |du )?\p{Lu}[\p{L}\p{M}\p{N}'’-]*)*/gu;
const quoted = /["“«「『]([^"”»」』\n]{2,60})["”»」』]/gu;
const numbers = /(?<![\p{L}\p{N}])\p{N}[\p{N}.,:/-]*\p{N}(?![\p{L}\p{N}])/gu;
const addresses = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+\.\p{L}{2,}|https?:\/\/[^\s<>"'）)]+|[#@][\p{L}\p{N}_-]{2,}/gu;

/** Most entities of one text. */
const mostEntities = 32;
/** Longest text that is read for them. */
const longestText = 8_000;

/**
 * What a text names: names, quoted things, numbers of two digits or more,
 * addresses. Only the look of the text is used, no language's grammar, so a
 * word at the start of a sentence is not taken for a name.
 */
export function toEntities(text: string): readonly string[] {
  const read = text.slice(0, longestText).toWellFormed().replaceAll("\0", " ");
  const found = [
    ...[...read.matchAll(addresses)].map(([whole]) => whole),
    ...[...read.matchAll(quoted)].map(([, inner = ""]) => inner),
    ...[...read.replace(quoted, " ").matchAll(names)].map(([whole]) => whole),
    ...[...read.matchAll(numbers)].map(([whole]) => whole),
  ];
  const folded = found.map((each) => each.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim()).filter((each) => each.length > 1 && each !== "i'm" && each !== "i'll" && each !== "i've");
  return [...new Set(folded)].slice(0, mostEntities);
}
