import type { NewEpisode, ScopeReference } from "@omni/core";
import type { BatchSummary } from "./batch-summary.ts";
import type { TurnDigest } from "./turn-digest.ts";
import { splitText } from "../channels/split-text.ts";
import { toSha256 } from "../sha256.ts";

/** Most characters of one passage, and of a neighbour that stands beside it. */
const passageCharacters = 2_000;
const neighbourCharacters = 300;

/** Neighbours on each side. */
const mostNeighbours = 2;

/** Most passages of one side of a turn: of more than a quarter of a megabyte the middle is kept in the transcript alone, for who pastes so much says before it or after it what it is about. */
const mostPieces = 128;

/** Characters of an id: 128 bits. */
const idLength = 32;

interface Said {
  readonly digest: TurnDigest;
  readonly speaker: string;
  readonly text: string;
}

/**
 * What is stored of a batch: everything that was said, word by word, each
 * passage with what stood beside it, and the experiences of the summary. The
 * ids follow from the session, the turns and the place, so that storing a
 * batch again changes nothing.
 */
export function toEpisodes(sessionId: string, digests: readonly TurnDigest[], { experiences }: BatchSummary, scope: ScopeReference): readonly NewEpisode[] {
  const first = digests[0];
  const last = digests.at(-1);
  if (first === undefined || last === undefined) return [];
  const toId = (...parts: readonly (string | number)[]): string => toSha256(JSON.stringify([sessionId, ...parts])).slice(0, idLength);
  const said = digests.flatMap(toSaid);
  const passages = said.map(({ digest, speaker, text }, index): NewEpisode => ({
    kind: "passage",
    id: toId("passage", digest.turnId, speaker, index - said.findIndex((each) => each.digest === digest)),
    text,
    speaker,
    at: digest.at,
    ...toNeighbours("previous", said.slice(Math.max(0, index - mostNeighbours), index)),
    ...toNeighbours("next", said.slice(index + 1, index + 1 + mostNeighbours)),
    source: { sessionId, turnId: digest.turnId, trusted: digest.isTrusted },
    scope,
  }));
  const isTrusted = digests.every((digest) => digest.isTrusted);
  const learned = experiences.map((experience, index): NewEpisode => ({
    kind: "episode",
    id: toId("episode", first.turnId, last.turnId, index),
    ...experience,
    at: last.at,
    source: { sessionId, turnId: last.turnId, trusted: isTrusted },
    scope,
  }));
  return [...passages, ...learned].filter(hasWords);
}

/** A thumb or a row of dots is nothing that could be found again. */
function hasWords({ text = "", intent = "", experience = "", outcome = "" }: NewEpisode): boolean {
  return /[\p{L}\p{N}]/u.test(text + intent + experience + outcome);
}

function toSaid(digest: TurnDigest): readonly Said[] {
  const piecesOf = (speaker: string, text: string): readonly Said[] => toPieces(text).map((piece) => ({ digest, speaker, text: piece }));
  return [...piecesOf("user", digest.user), ...piecesOf("assistant", digest.output)];
}

function toPieces(text: string): readonly string[] {
  const pieces = splitText(text, passageCharacters);
  return pieces.length <= mostPieces ? pieces : [...pieces.slice(0, mostPieces / 2), ...pieces.slice(-mostPieces / 2)];
}

/** What stood on one side of a passage, a line each, in the order in which it was said. */
function toNeighbours(name: "previous" | "next", said: readonly Said[]): Partial<Pick<NewEpisode, "previous" | "next">> {
  const lines = said.map(({ text }) => text.slice(0, neighbourCharacters).replace(/[\ud800-\udbff]$/, "").replaceAll(/\s+/g, " ").trim());
  return lines.length === 0 ? {} : { [name]: lines.join("\n") };
}
