import type { Breach } from "./breach.ts";
import type { Ledgers, SentMessage, ShownText, ToldTurn } from "./ledgers.ts";

/** Stands in front of the one repeat that may be made where a platform does not drop repeats. */
export const repeatLabel = "(perhaps sent before)";

/** C2: on a platform each part of the reply is shown once, or twice with its label where a kill came between. */
export function checkReply({ nonce, entrance }: SentMessage, turn: ToldTurn | undefined, ledgers: Ledgers): readonly Breach[] {
  if (entrance !== "rooms" || turn === undefined || !["completed", "limited", "failed"].includes(turn.status)) return [];
  const shown = findShown(turn, ledgers);
  if (shown.length === 0 && mayBeUnshown(turn, ledgers)) return [];
  if (shown.length === 0) return [{ promise: "C1", kind: "lost", detail: `${nonce} ended as ${turn.status} and nothing of it was shown` }];
  return [...Map.groupBy(shown, ({ text }) => toUnlabelled(text)).values()].flatMap((posts) => checkPosts(nonce, posts, ledgers));
}

/** What the platform showed of a turn, in order. */
export function findShown({ nonce, turnId }: ToldTurn, { shown }: Ledgers): readonly ShownText[] {
  return shown.filter((each) => each.nonce === nonce || each.key.startsWith(`${turnId}:`));
}

/** One that was interrupted twice is not sent again on a platform that does not drop repeats, and the store says so. */
export function mayBeUnshown({ turnId }: ToldTurn, { deduplicates, kills, unsure }: Ledgers): boolean {
  return !deduplicates && kills.length > 1 && unsure.has(turnId);
}

/** A text without the label of a repeat. */
export function toUnlabelled(text: string): string {
  return text.replace(repeatLabel, "").trim();
}

function checkPosts(nonce: string, posts: readonly ShownText[], { deduplicates, kills }: Ledgers): readonly Breach[] {
  const [first, second] = posts;
  if (first === undefined || second === undefined) return [];
  const wasKilled = kills.some(({ at, over }) => over > first.at && at < second.at);
  if (deduplicates || posts.length > 2 || !wasKilled) return [{ promise: "C2", kind: "duplicated", detail: `${nonce} was shown ${posts.length} times: ${posts.map(({ key }) => key).join(", ")}` }];
  if (!second.text.startsWith(repeatLabel)) return [{ promise: "C2", kind: "unlabelled", detail: `${nonce} was shown again without a label` }];
  return [];
}
