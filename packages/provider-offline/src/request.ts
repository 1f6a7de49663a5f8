import type { VerbConcept } from "./lexicon.ts";
import type { Item } from "./sentence.ts";
import { foldWord, toStem } from "./fold-word.ts";
import { isWord, toNoun, toVerb } from "./lexicon.ts";
import { toItems } from "./sentence.ts";

/** A message read as one request to look something up. */
export interface LookRequest {
  readonly verbs: ReadonlySet<VerbConcept>;
  /** Everything after the manners, the verb included. */
  readonly items: readonly Item[];
  /** Index of the verb in `items`; -1 where a tool is named instead. */
  readonly head: number;
  /** True for a request that needs understanding (summarise, explain); then nothing is called, only suggested. */
  readonly isThinking: boolean;
}

/** Infinitives that stand last in a German request. */
const lastVerbs = ["auflisten", "anzeigen", "zeigen", "lesen", "suchen", "durchsuchen", "offnen", "finden"];

/** Begins a request by its object: contents of README.md. */
const contents = ["content", "contents", "inhalt", "contenido", "contenu"];

/** Words that make a request of *I* and *you*. */
const wishes = ["want", "need", "like", "would", "can", "could", "kannst", "konntest", "mochte", "peux", "pouvez", "pourrais", "veux", "voudrais", "plait"];

/** Most words of a phrase to search for. */
const mostPhraseWords = 6;

/** Reads a message; undefined when it is no single request that begins with a word for looking something up. */
export function toLookRequest(text: string, tools: ReadonlySet<string>): LookRequest | undefined {
  const all = toItems(text, tools);
  if (all === undefined || all.some((item) => item.kind === "word" && isWord("negation", item.text))) return undefined;
  const start = toStart(all);
  if (start === undefined) return undefined;
  const items = withTerms(all.slice(start));
  const head = toHead(items);
  if (head === undefined) return undefined;
  const verbs = new Set(head.verbs);
  for (const item of items.slice(1)) if (item.kind === "word" && isContain(item.text) && item !== items.at(-1)) verbs.add("search");
  if (verbs.has("ask") && !verbs.has("search") && !isPlainQuestion(items)) return undefined;
  return { verbs, items, head: head.index, isThinking: head.isThinking };
}

/** Index of the first item that is not manners; undefined where somebody only tells what he does (`I read README.md`). */
function toStart(items: readonly Item[]): number | undefined {
  const found = items.findIndex((item) => item.kind !== "word" || !isWord("manners", item.text));
  const start = found === -1 ? items.length : found;
  const said = items.slice(0, start).map((item) => foldWord(item.text));
  const isSubject = said.some((word) => ["i", "you", "ich", "du", "je", "tu", "vous"].includes(word));
  const isWish = said.some((word) => wishes.includes(word)) || (said.includes("will") && !said.includes("i"));
  return isSubject && !isWish ? undefined : start;
}

interface Head {
  readonly verbs: readonly VerbConcept[];
  readonly index: number;
  readonly isThinking: boolean;
}

function toHead(items: readonly Item[]): Head | undefined {
  const first = items[0];
  if (first === undefined) return undefined;
  if (items.some((item) => item.kind === "tool")) {
    const isCalled = first.kind === "tool" || (first.kind === "word" && /^(?:use|call|run|try|nutze|usa|utilise)$/.test(foldWord(first.text)) && items[1]?.kind === "tool");
    return isCalled ? { verbs: [], index: first.kind === "tool" ? -1 : 0, isThinking: false } : undefined;
  }
  if (first.kind !== "word") return toLastVerb(items);
  if (isWord("thinking", first.text)) return { verbs: ["read"], index: 0, isThinking: true };
  if (contents.includes(foldWord(first.text))) return { verbs: ["show"], index: 0, isThinking: false };
  const second = items[1];
  const isLookAt = toStem(first.text) === "look" && second?.kind === "word" && second.text.toLowerCase() === "at";
  const verb = isLookAt ? "show" : toVerb(first.text);
  return verb === undefined ? toLastVerb(items) : { verbs: [verb], index: 0, isThinking: false };
}

function toLastVerb(items: readonly Item[]): Head | undefined {
  const last = items.at(-1);
  if (last?.kind !== "word" || !lastVerbs.includes(foldWord(last.text))) return undefined;
  const verb = toVerb(last.text);
  return verb === undefined ? undefined : { verbs: [verb], index: items.length - 1, isThinking: false };
}

/** True for questions that a listing or a text answers: what files …, what is in this folder, what does X say. */
function isPlainQuestion(items: readonly Item[]): boolean {
  const rest = items.slice(1).filter((item) => item.kind !== "word" || !isWord("filler", item.text) || isWord("preposition", item.text));
  const [first, second] = rest;
  if (first?.kind === "word" && isPlural(first.text)) return true;
  if (first?.kind === "word" && isWord("preposition", first.text)) return (second?.kind === "word" && toNoun(second.text) === "folder") || rest.some((item) => item.kind !== "word");
  if (first === undefined || first.kind === "word") return first !== undefined && (isContain(first.text) || toVerb(first.text) === "read") && rest.length === 2 && second?.kind !== "word";
  return rest.length === 2 && second?.kind === "word" && (isContain(second.text) || toVerb(second.text) === "read");
}

function isPlural(word: string): boolean {
  return toNoun(word) !== undefined && !/^(?:file|document|folder|directory|dir|workspace|datei|dokument|ordner|verzeichnis|archivo|fichero|carpeta|directorio|fichier|dossier|repertoire|line|memory|web)$/.test(foldWord(word));
}

function isContain(word: string): boolean {
  return /^(?:contain|mention|contien|enthalt)/.test(toStem(word));
}

/** Makes values of words that the message marks as what to search for. */
function withTerms(items: readonly Item[]): readonly Item[] {
  const made: Item[] = [];
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (item === undefined) continue;
    if (item.kind === "term" && isBeforeNoun(items, index)) {
      made.push({ kind: "word", text: item.text });
      continue;
    }
    made.push(item);
    if (item.kind !== "word") continue;
    const run = toRun(items, index, item.text);
    if (run === undefined) continue;
    made.push(run.value);
    index = run.end - 1;
  }
  return made;
}

/** `PDF files`, `TODO comments`: there the name says which ones, not what to search for. */
function isBeforeNoun(items: readonly Item[], index: number): boolean {
  const next = items[index + 1];
  return next?.kind === "word" && !isWord("filler", next.text) && !isWord("preposition", next.text) && !isWord("introducer", next.text) && !lastVerbs.includes(foldWord(next.text));
}

interface Run {
  readonly value: Item;
  /** Index after the last item that went into it. */
  readonly end: number;
}

/** The words to search for that begin after `index`; undefined when the word there announces none. */
function toRun(items: readonly Item[], index: number, word: string): Run | undefined {
  const isCommand = index === 0 && word.toLowerCase() === "grep";
  if (!isCommand && !isWord("introducer", word) && !isWord("termNoun", word)) return undefined;
  let start = index + 1;
  while (isArticle(items[start]) || isTermNoun(items[start])) start += 1;
  const marked = isCommand || start > index + 1 ? items.slice(index, start).some(isTermNoun) || isCommand : isWord("termNoun", word);
  const words: string[] = [];
  let end = start;
  for (let item = items[end]; item?.kind === "word" && !isWord("preposition", item.text) && !isWord("introducer", item.text) && !lastVerbs.includes(foldWord(item.text)); item = items[end]) {
    if (/^(?:and|or|then|und|oder|dann|y|o|luego|et|puis)$/.test(foldWord(item.text))) return undefined;
    words.push(item.text);
    end += 1;
    if (isCommand) break;
  }
  if (words.length === 0 || words.length > mostPhraseWords || words.every((each) => isWord("filler", each))) return undefined;
  const text = words.join(" ");
  return { value: marked && words.length === 1 ? { kind: "term", text } : { kind: "phrase", text }, end };
}

function isArticle(item: Item | undefined): boolean {
  return item?.kind === "word" && /^(?:the|a|an|der|die|das|dem|den|el|la|le|un|une|ein|eine|einen)$/.test(foldWord(item.text));
}

function isTermNoun(item: Item | undefined): boolean {
  return item?.kind === "word" && isWord("termNoun", item.text);
}
