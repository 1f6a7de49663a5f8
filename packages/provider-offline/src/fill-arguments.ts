import type { JsonObject, JsonValue } from "@omni/core";
import type { LookRequest } from "./request.ts";
import type { Item } from "./sentence.ts";
import type { ToolProfile, ToolProperty } from "./tool-profile.ts";
import { foldWord, toStem } from "./fold-word.ts";
import { isWord, toNoun } from "./lexicon.ts";
import { toPathKind } from "./sentence.ts";

/** Arguments made of nothing but what the message gives. */
export interface FilledArguments {
  readonly arguments: JsonObject;
  /** Indexes of the items that went into them, words around numbers included. */
  readonly used: ReadonlySet<number>;
  /** How well the values suit their places. */
  readonly fit: number;
  /** How many of them are more than a phrase, so that they say by themselves what is meant. */
  readonly firm: number;
}

interface Filling {
  readonly values: Map<string, JsonValue>;
  readonly used: Set<number>;
  fit: number;
  firm: number;
}

/** Gives every value of the request to the argument that suits it best; undefined when one suits none, or a required argument stays empty. */
export function fillArguments(request: LookRequest, profile: ToolProfile): FilledArguments | undefined {
  const filling: Filling = { values: new Map(), used: new Set(), fit: 0, firm: 0 };
  fillNumbers(request.items, profile.properties, filling);
  for (const [index, item] of request.items.entries()) {
    if (item.kind === "word" || item.kind === "tool" || filling.used.has(index)) continue;
    if (!fillValue(item, index, { request, profile, filling })) return undefined;
  }
  const isComplete = profile.properties.every((property) => !property.isRequired || filling.values.has(property.name));
  return isComplete ? { arguments: Object.fromEntries(filling.values), used: filling.used, fit: filling.fit, firm: filling.firm } : undefined;
}

function fillValue(item: Item, index: number, given: { readonly request: LookRequest; readonly profile: ToolProfile; readonly filling: Filling }): boolean {
  const { filling } = given;
  let best: { readonly property: ToolProperty; readonly suit: number } | undefined;
  for (const property of given.profile.properties) {
    if (filling.values.has(property.name)) continue;
    const suit = toSuit(item, property, given.request, index);
    const preferred = suit > 0 && property.isRequired ? suit + 0.5 : suit;
    if (preferred > (best?.suit ?? 0)) best = { property, suit: preferred };
  }
  if (best === undefined) return false;
  filling.values.set(best.property.name, toValue(item, best.property));
  filling.used.add(index);
  filling.fit += best.suit;
  if (item.kind !== "phrase") filling.firm += 1;
  return true;
}

/** How well a value suits an argument, 0 for not at all. */
function toSuit(item: Item, { kind, isRequired }: ToolProperty, request: LookRequest, index: number): number {
  const path = item.kind === "quoted" ? toPathKind(item.text) : item.kind;
  // `find a.txt` looks for the name, `look in a.txt` does not.
  const isSought = (request.verbs.has("find") || request.verbs.has("search")) && !isWord("preposition", wordAt(request.items, index - 1) ?? "");
  switch (kind) {
    case "url":
      return item.kind === "url" || (item.kind === "quoted" && /^https?:\/\/\S+$/.test(item.text)) ? 3 : 0;
    case "file":
      return path === "file" ? 3 : path === "path" ? 2 : 0;
    case "folder":
      return path === "folder" ? 3 : path === "path" ? 2 : 0;
    case "path":
      return path === "file" || path === "folder" || path === "path" ? 2 : 0;
    case "glob":
      return path === "glob" ? 3 : path === "file" && isRequired && isSought ? 1 : 0;
    case "text":
      return item.kind === "quoted" || item.kind === "term" ? 2 : item.kind === "phrase" ? 1 : 0;
    case "string":
      return isRequired && (item.kind === "quoted" || item.kind === "term" || item.kind === "phrase") ? 1 : 0;
    default:
      return 0;
  }
}

/** The value as the argument wants it: text for a regular expression escaped, a bare name for a glob made to match anywhere. */
function toValue(item: Item, property: ToolProperty): string {
  if (property.kind === "text" && /regular expression|\bregexp?\b/i.test(property.description)) return item.text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const isBareName = property.kind === "glob" && !/[*/?[{]/.test(item.text);
  return isBareName && property.description.includes("**") ? `**/${item.text}` : item.text;
}

/** Numbers say which argument they are by the words beside them: first 20 lines, lines 10 to 20, from line 5, depth 2. */
function fillNumbers(items: readonly Item[], properties: readonly ToolProperty[], filling: Filling): void {
  for (const [index, item] of items.entries()) {
    if (item.kind !== "number" || filling.used.has(index)) continue;
    const before = wordAt(items, index - 1);
    const after = wordAt(items, index + 1);
    const [from = 0, to] = toRange(items, index);
    const named = properties.find((property) => before === foldWord(property.name) && isNumeric(property));
    if (named !== undefined && to === undefined) use(filling, named, Number(item.text), [index, index - 1]);
    else if (before !== undefined && toNoun(before) === "line") fillLines({ from, to, index, items }, properties, filling);
    else if (after !== undefined && to === undefined) fillCount({ count: from, index, after, before }, properties, filling);
  }
}

function fillLines(lines: { readonly from: number; readonly to: number | undefined; readonly index: number; readonly items: readonly Item[] }, properties: readonly ToolProperty[], filling: Filling): void {
  const start = properties.find((property) => property.kind === "start" && property.stems.has("line"));
  const count = properties.find((property) => property.kind === "count" && property.stems.has("line"));
  if (start === undefined || count === undefined) return;
  const { from, to, index, items } = lines;
  const isOpen = to === undefined && /^(?:from|starting|ab|desde|partir|depuis)$/.test(wordAt(items, index - 2) ?? wordAt(items, index - 3) ?? "");
  if (from < 1 || (to !== undefined && to < from)) return;
  use(filling, start, from, [index, index - 1, ...(isOpen ? [index - 2] : [])]);
  if (!isOpen) use(filling, count, to === undefined ? 1 : to - from + 1, []);
  if (to !== undefined && items[index + 2]?.kind === "number") for (const each of [index + 1, index + 2]) filling.used.add(each);
}

function fillCount(given: { readonly count: number; readonly index: number; readonly after: string; readonly before: string | undefined }, properties: readonly ToolProperty[], filling: Filling): void {
  const { count, index, after, before } = given;
  const stem = toNoun(after) ?? toStem(after);
  const property = properties.find((each) => each.kind === "count" && (each.stems.has(stem) || each.name === after));
  if (property === undefined || count < 1) return;
  const isFirst = before !== undefined && /^(?:first|top|next|ersten?|primer[ao]s|premi(?:ers|eres))$/.test(before);
  use(filling, property, count, [index, index + 1, ...(isFirst ? [index - 1] : [])]);
}

/** `10-20` and `10 to 20` are ranges, `10` is a start. */
function toRange(items: readonly Item[], index: number): readonly [number, number?] {
  const text = items[index]?.text ?? "";
  const joined = /^(\d+)[-–](\d+)$/.exec(text);
  if (joined !== null) return [Number(joined[1]), Number(joined[2])];
  const next = items[index + 2];
  const isTo = /^(?:to|through|bis|a|hasta)$/.test(wordAt(items, index + 1) ?? "");
  return isTo && next?.kind === "number" ? [Number(text), Number(next.text)] : [Number(text)];
}

function use(filling: Filling, property: ToolProperty, value: number, indexes: readonly number[]): void {
  if (filling.values.has(property.name) || !Number.isSafeInteger(value)) return;
  filling.values.set(property.name, value);
  filling.fit += 1;
  for (const index of indexes) filling.used.add(index);
}

function isNumeric(property: ToolProperty): boolean {
  return property.kind === "count" || property.kind === "start" || property.kind === "whole";
}

function wordAt(items: readonly Item[], index: number): string | undefined {
  const item = items[index];
  return item?.kind === "word" ? foldWord(item.text) : undefined;
}
