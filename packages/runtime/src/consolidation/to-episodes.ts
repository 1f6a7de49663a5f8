import type { NewEpisode, ScopeReference } from "@omni/core";
import type { BatchSummary } from "./batch-summary.ts";
import type { DigestedCall, TurnDigest } from "./turn-digest.ts";
import { splitText } from "../channels/split-text.ts";
import { toSha256 } from "../sha256.ts";

/**
 * Characters of one passage. A memory compares some hundred words of a text
 * fully, and a prompt has room for little: of a long message cut into pieces
 * of 2,000, 1,000, 700, 500 and 350, what five pieces hold answered .43, .55,
 * .60, .65 and .62 of the questions of one set of conversations, .36, .45,
 * .50, .51 and .53 of another.
 */
const passageCharacters = 500;
/** Characters of one passage in a script without spaces, which says four times as much in each: of 500, 200, 120 and 60 these answered .44, .56, .68 and .73. */
const densePassageCharacters = 120;

/** Most characters of a neighbour that stands beside a passage. */
const neighbourCharacters = 300;

/** Neighbours on each side. */
const mostNeighbours = 2;

/** Most passages of one side of a turn: of more than a quarter of a million characters (of 61,000 without spaces) the middle is kept in the transcript alone, for who pastes so much says before it or after it what it is about. */
const mostPieces = 512;

/** Results of tools of one turn that are remembered, the newest, each by its first passage: the whole is in the transcript, and a result's head says what it is. */
const mostResults = 16;

/** Characters of an id: 128 bits. */
const idLength = 32;

interface Said {
  readonly digest: TurnDigest;
  readonly speaker: string;
  readonly text: string;
  readonly scope: ScopeReference;
}

/** What a batch came to. */
interface Learned extends Pick<BatchSummary, "experiences"> {
  /** False where strangers may have had a part in it: by its turns, or by the notes so far. */
  readonly isTrusted: boolean;
}

/**
 * What is stored of a batch: everything that was said, word by word, each
 * passage with what stood beside it, how the results of its tools begin, and
 * the experiences of the summary. What was said in a turn lies in the scope of
 * that turn, and beside it stands only what lies there too; an experience of
 * turns of several scopes is the session's. The ids follow from the session,
 * the turns and the place, so that storing a batch again changes nothing.
 */
export function toEpisodes(sessionId: string, digests: readonly TurnDigest[], { experiences, isTrusted }: Learned, scopeOf: (digest: TurnDigest) => ScopeReference): readonly NewEpisode[] {
  const first = digests[0];
  const last = digests.at(-1);
  if (first === undefined || last === undefined) return [];
  const toId = (...parts: readonly (string | number)[]): string => toSha256(JSON.stringify([sessionId, ...parts])).slice(0, idLength);
  const own: ScopeReference = { scope: "session", owner: sessionId };
  const shared = digests.every((digest) => isSame(scopeOf(digest), scopeOf(first))) ? scopeOf(first) : own;
  const said = digests.flatMap((digest) => toSaid(digest, scopeOf(digest)));
  const starts = new Map<TurnDigest, number>();
  for (const [index, { digest }] of said.entries()) if (!starts.has(digest)) starts.set(digest, index);
  const passages = said.map(({ digest, speaker, text, scope }, index): NewEpisode => ({
    kind: "passage",
    id: toId("passage", digest.turnId, speaker, index - (starts.get(digest) ?? 0)),
    text,
    speaker,
    at: digest.at,
    ...toNeighbours("previous", said.slice(Math.max(0, index - mostNeighbours), index).filter((each) => isSame(each.scope, scope))),
    ...toNeighbours("next", said.slice(index + 1, index + 1 + mostNeighbours).filter((each) => isSame(each.scope, scope))),
    // What the owner says is the owner's, whatever the turn went on to read.
    source: { sessionId, turnId: digest.turnId, trusted: speaker === "user" ? digest.isOwn : digest.isTrusted },
    scope,
  }));
  const read = digests.flatMap((digest) =>
    toRead(digest).map(({ text, isForeign }, index): NewEpisode => ({
      kind: "passage",
      id: toId("passage", digest.turnId, "tool", index),
      text,
      speaker: "tool",
      at: digest.at,
      // The first passage of the message and no more of it: who has another forgotten leaves nothing of that here.
      ...toNeighbours("previous", toPieces(digest.user).slice(0, 1).map((piece) => ({ text: piece }))),
      source: { sessionId, turnId: digest.turnId, trusted: digest.isOwn && !isForeign },
      // A file too may say what anybody wrote, so it comes up in no other session than the one that read it.
      scope: own,
    })),
  );
  const learned = experiences.map((experience, index): NewEpisode => ({
    kind: "episode",
    id: toId("episode", first.turnId, last.turnId, index),
    ...experience,
    at: last.at,
    source: { sessionId, turnId: last.turnId, trusted: isTrusted },
    scope: shared,
  }));
  return [...passages, ...read, ...learned].filter(hasWords);
}

/** A thumb or a row of dots is nothing that could be found again. */
function hasWords({ text = "", intent = "", experience = "", outcome = "" }: NewEpisode): boolean {
  return /[\p{L}\p{N}]/u.test(text + intent + experience + outcome);
}

function isSame(one: ScopeReference, other: ScopeReference): boolean {
  return one.scope === other.scope && one.owner === other.owner;
}

function toSaid(digest: TurnDigest, scope: ScopeReference): readonly Said[] {
  const piecesOf = (speaker: string, text: string): readonly Said[] => toPieces(text).map((piece) => ({ digest, speaker, text: piece, scope }));
  return [...piecesOf("user", digest.user), ...piecesOf("assistant", digest.output)];
}

function toPieces(text: string): readonly string[] {
  const pieces = splitText(text, toPassageLength(text));
  return pieces.length <= mostPieces ? pieces : [...pieces.slice(0, mostPieces / 2), ...pieces.slice(-mostPieces / 2)];
}

/** Characters of scripts that are written without spaces between words. */
const dense = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/gu;
/** Characters of a text that are looked at for its script. */
const lookedAt = 2_000;

function toPassageLength(text: string): number {
  const begin = text.slice(0, lookedAt);
  const share = (begin.match(dense)?.length ?? 0) / Math.max(1, begin.length);
  return share > 1 / 3 ? densePassageCharacters : passageCharacters;
}

/** Tools that say what is remembered or kept already. */
const echo = /^(?:memory|session)\./;

/** How what the tools of a turn found begins, each once. */
function toRead({ calls }: TurnDigest): readonly Pick<DigestedCall, "text" | "isForeign">[] {
  const results = calls.filter(({ name, status, text }) => status === "completed" && !echo.test(name) && text.length > 0).slice(-mostResults);
  const heads = results.flatMap(({ text, isForeign }) => toPieces(text.slice(0, passageCharacters + 1)).slice(0, 1).map((head) => ({ text: head, isForeign })));
  return [...new Map(heads.map((head) => [head.text, head])).values()];
}

/** What stood on one side of a passage, a line each, in the order in which it was said. */
function toNeighbours(name: "previous" | "next", said: readonly Pick<Said, "text">[]): Partial<Pick<NewEpisode, "previous" | "next">> {
  const lines = said.map(({ text }) => text.slice(0, neighbourCharacters).replace(/[\ud800-\udbff]$/, "").replaceAll(/\s+/g, " ").trim());
  return lines.length === 0 ? {} : { [name]: lines.join("\n") };
}
