/** FNV-1a over UTF-16 units, 32 bits: what the words of the table are found by. */
export function toWordHash(word: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < word.length; index++) hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}
