import type { JsonObject, ToolDefinition } from "@omni/core";
import type { FilledArguments } from "./fill-arguments.ts";
import type { VerbConcept } from "./lexicon.ts";
import type { LookRequest } from "./request.ts";
import type { PropertyKind, ToolProfile } from "./tool-profile.ts";
import { toStem } from "./fold-word.ts";
import { fillArguments } from "./fill-arguments.ts";
import { isWord, toCommandNouns, toNoun, toVerb } from "./lexicon.ts";
import { toLookRequest } from "./request.ts";
import { toToolProfile } from "./tool-profile.ts";

/** A call that a message plainly asks for. */
export interface ChosenCall {
  readonly name: string;
  readonly arguments: JsonObject;
}

/** What a message comes to without a model: a call, a call to suggest, or nothing. */
export interface Choice {
  readonly call?: ChosenCall;
  /** For a request that needs a model: the part of it that works without one. */
  readonly suggestion?: ChosenCall;
}

/** By how much the best tool must lead, so that a near tie is no choice. */
const margin = 0.75;

/** Weights of a word in the tool's name, in its first sentence, and of a name's part that the message does not say. */
const nameWord = 2;
const sentenceWord = 0.5;
const unsaidName = -1;

/** A verb that fits by kinship only counts for less. */
const kinship = 0.7;

/** Concepts a verb of a message may mean in a tool, besides its own. */
const kin: Readonly<Record<VerbConcept, readonly VerbConcept[]>> = {
  list: ["show"],
  read: ["show"],
  show: ["list", "read"],
  find: ["search"],
  search: ["find"],
  fetch: [],
  ask: ["list", "read", "show"],
};

/**
 * Chooses among the read-only tools by the words of a message. It is made to
 * be sure, not to be clever: the verb must be one that the tool says of
 * itself, every other word must be accounted for, every value given must have
 * its argument and every required argument its value, and no second tool may
 * come near. One word that is not understood and nothing is called.
 */
export function chooseCall(text: string, tools: readonly ToolDefinition[]): Choice {
  const readable = tools.filter((tool) => tool.readOnly);
  const request = toLookRequest(text, new Set(tools.map((tool) => tool.name)));
  if (request === undefined) return {};
  const ranked = readable
    .flatMap((tool) => {
      const candidate = toCandidate(request, toToolProfile(tool));
      return candidate === undefined ? [] : [candidate];
    })
    .sort((left, right) => right.score - left.score);
  const [best, second] = ranked;
  if (best === undefined || (second !== undefined && best.score - second.score < margin)) return {};
  return request.isThinking ? { suggestion: best.call } : { call: best.call };
}

interface Candidate {
  readonly call: ChosenCall;
  readonly score: number;
}

function toCandidate(request: LookRequest, profile: ToolProfile): Candidate | undefined {
  const named = request.items.find((item) => item.kind === "tool");
  if (named !== undefined && named.text !== profile.name) return undefined;
  const filled = fillArguments(request, profile);
  if (filled === undefined) return undefined;
  const verb = named === undefined ? toVerbScore(request, profile, filled) : 10;
  const words = toWordScore(request, profile, filled);
  if (verb === 0 || words === undefined) return undefined;
  const isAnchored = named !== undefined || words.anchors > 0 || filled.firm > 0;
  if (!isAnchored) return undefined;
  return { call: { name: profile.name, arguments: filled.arguments }, score: verb + words.score + filled.fit };
}

/** How plainly the tool does what is asked; 0 for not at all. */
function toVerbScore(request: LookRequest, profile: ToolProfile, filled: FilledArguments): number {
  const isFilled = (kind: PropertyKind): boolean => profile.properties.some((property) => property.kind === kind && Object.hasOwn(filled.arguments, property.name));
  const isUrl = isFilled("url");
  const isGlob = isFilled("glob");
  let best = 0;
  for (const verb of request.verbs) {
    best = Math.max(best, profile.verbs.get(verb) ?? 0, ...kin[verb].map((other) => (profile.verbs.get(other) ?? 0) * kinship));
    if (isGlob && (verb === "list" || verb === "show")) best = Math.max(best, (profile.verbs.get("find") ?? 0) * kinship);
    if (isUrl && (verb === "read" || verb === "show")) best = Math.max(best, (profile.verbs.get("fetch") ?? 0) * kinship);
  }
  return best;
}

/** What the words besides verb and values add; undefined when one of them is not accounted for. */
function toWordScore(request: LookRequest, profile: ToolProfile, filled: FilledArguments): { readonly score: number; readonly anchors: number } | undefined {
  const said = new Set<string>();
  const topics = new Map<string, number>();
  for (const [index, item] of request.items.entries()) {
    if (item.kind !== "word") continue;
    said.add(toStem(item.text));
    if (index === request.head) {
      for (const noun of toCommandNouns(item.text) ?? []) topics.set(noun, profile.nouns.get(noun) ?? 0);
      continue;
    }
    if (filled.used.has(index)) {
      if (profile.nameStems.has(toStem(item.text))) topics.set(toStem(item.text), nameWord);
      continue;
    }
    const weight = toWordWeight(item.text, request, { profile, index });
    if (weight === undefined) return undefined;
    if (weight > 0) topics.set(toNoun(item.text) ?? toStem(item.text), weight);
  }
  const unsaid = [...profile.commandStems].filter((stem) => !said.has(stem) && !isSaidOtherwise(stem, request, topics));
  const score = [...topics.values()].reduce((sum, weight) => sum + weight, 0) + (unsaid.length > 0 ? unsaidName * unsaid.length : 0);
  return { score, anchors: [...topics.values()].filter((weight) => weight >= 1).length };
}

/** What one word adds: nothing for a filler, undefined for a word the tool cannot account for. */
function toWordWeight(word: string, request: LookRequest, place: { readonly profile: ToolProfile; readonly index: number }): number | undefined {
  const { profile, index } = place;
  const stem = toStem(word);
  const noun = toNoun(word);
  if (noun !== undefined && profile.nouns.has(noun)) return profile.nouns.get(noun);
  if (profile.nameStems.has(stem)) return nameWord;
  if (isWord("filler", word) || isWord("introducer", word) || isWord("preposition", word)) return 0;
  if (isWord("termNoun", word) && request.items.some((item) => item.kind === "term" || item.kind === "quoted")) return 0;
  const verb = toVerb(word);
  if (verb !== undefined && (profile.verbs.has(verb) || kin[verb].some((other) => profile.verbs.has(other)))) return 0;
  if (isJoining(word) && isNounAt(request, index - 1) && isNounAt(request, index + 1)) return 0;
  return profile.sentenceStems.has(stem) ? sentenceWord : undefined;
}

function isSaidOtherwise(stem: string, request: LookRequest, topics: ReadonlyMap<string, number>): boolean {
  const verb = toVerb(stem);
  if (verb !== undefined && [...request.verbs].some((each) => each === verb || kin[each].includes(verb))) return true;
  const noun = toNoun(stem);
  return noun !== undefined && topics.has(noun);
}

function isJoining(word: string): boolean {
  return /^(?:and|or|und|oder|y|e|o|et|ou)$/i.test(word);
}

function isNounAt(request: LookRequest, index: number): boolean {
  const item = request.items[index];
  return item?.kind === "word" && toNoun(item.text) !== undefined;
}
