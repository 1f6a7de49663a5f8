/**
 * Context sizes in tokens, input and output together, that OpenAI's model
 * pages state (developers.openai.com/api/docs/models, one page a model); its
 * `/models` route does not say them. The longest prefix that fits counts, so
 * a dated id has its family's size.
 */
const knownContexts: readonly (readonly [prefix: string, tokens: number])[] = [
  ["gpt-5-chat", 128_000],
  ["gpt-5.1-chat", 128_000],
  ["gpt-5.2-chat", 128_000],
  ["gpt-5.4-mini", 400_000],
  ["gpt-5.4-nano", 400_000],
  ["gpt-5.4", 1_000_000],
  ["gpt-5.2", 400_000],
  ["gpt-5.1", 400_000],
  ["gpt-5-", 400_000],
  ["gpt-4.1", 1_047_576],
  ["gpt-4o", 128_000],
  ["chatgpt-4o", 128_000],
  ["gpt-4-turbo", 128_000],
  ["gpt-4-", 8_192],
  ["gpt-3.5-turbo", 16_385],
  ["o4-mini", 200_000],
  ["o3", 200_000],
  ["o1-mini", 128_000],
  ["o1-preview", 128_000],
  ["o1", 200_000],
];

/** Size of a model's context where it is known, else undefined. */
export function toKnownContext(id: string): number | undefined {
  const fits = knownContexts.filter(([prefix]) => id.startsWith(prefix) || `${id}-` === prefix);
  return fits.toSorted(([left], [right]) => right.length - left.length)[0]?.[1];
}
