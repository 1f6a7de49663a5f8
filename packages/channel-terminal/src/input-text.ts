import { toGraphemes, widthOf } from "./text-width.ts";
import { toSafeTerminalText } from "./safe-text.ts";

/** One place of the cursor to the next: a character as a person counts them, a line end, or a paste that is shown by its label. */
export interface InputUnit {
  readonly text: string;
  readonly label?: string;
}

/** How far to both sides of new text characters may join with it, in units. */
const joining = 16;

/** The text that is being written, with its cursor. */
export interface InputText {
  readonly units: readonly InputUnit[];
  /** From 0, before the first unit, to the number of units. */
  readonly cursor: number;
  readonly isEmpty: boolean;
  /** All of it, pastes whole. */
  text(): string;
  set(units: readonly InputUnit[], cursor?: number): void;
  insert(text: string): void;
  insertLabelled(text: string, label: string): void;
  moveTo(place: number): void;
  /** Takes out what is between two places, leaves the cursor there, and gives the text. */
  cut(from: number, to: number): string;
  /** Where the line of the cursor begins and ends. */
  lineStart(): number;
  lineEnd(): number;
  /** Where the word before, or after, the cursor begins, or ends. */
  wordStart(): number;
  wordEnd(): number;
}

/** Makes an empty text. */
export function createInputText(): InputText {
  let units: readonly InputUnit[] = [];
  let cursor = 0;
  const clamp = (place: number): number => Math.min(units.length, Math.max(0, place));
  const put = (added: readonly InputUnit[]): void => {
    units = [...units.slice(0, cursor), ...added, ...units.slice(cursor)];
    cursor += added.length;
  };
  return {
    get units() {
      return units;
    },
    get cursor() {
      return cursor;
    },
    get isEmpty() {
      return units.length === 0;
    },
    text: () => units.map((unit) => unit.text).join(""),
    set(next, place = next.length) {
      units = next;
      cursor = clamp(place);
    },
    insert(text) {
      put(toUnits(text));
      ({ units, cursor } = rejoin(units, cursor, cursor - toUnits(text).length));
    },
    insertLabelled: (text, label) => put([{ text, label }]),
    moveTo(place) {
      cursor = clamp(place);
    },
    cut(from, to) {
      const taken = units.slice(clamp(from), clamp(to));
      units = [...units.slice(0, clamp(from)), ...units.slice(clamp(to))];
      cursor = clamp(from);
      return taken.map((unit) => unit.text).join("");
    },
    lineStart: () => units.findLastIndex((unit, index) => index < cursor && unit.text === "\n") + 1,
    lineEnd() {
      const end = units.findIndex((unit, index) => index >= cursor && unit.text === "\n");
      return end === -1 ? units.length : end;
    },
    wordStart: () => findWord(units, cursor, -1),
    wordEnd: () => findWord(units, cursor, 1),
  };
}

/** A text as units, no labels. */
export function toUnits(text: string): readonly InputUnit[] {
  return toGraphemes(text.replaceAll(/\r\n?/g, "\n")).map((grapheme) => ({ text: grapheme }));
}

/** What stands on the screen for a unit, harmless and never nothing. */
export function toShown({ text, label }: InputUnit): string {
  if (label !== undefined) return label;
  if (text === "\t") return "    ";
  const safe = toSafeTerminalText(text);
  return safe === "" || widthOf(safe) === 0 ? "�" : safe;
}

/** Characters that came one after the other can be one: a letter and its mark, the parts of a picture. */
function rejoin(units: readonly InputUnit[], cursor: number, from: number): { readonly units: readonly InputUnit[]; readonly cursor: number } {
  if (units.every((unit) => unit.text.length === 1 && unit.text < "\u0080")) return { units, cursor };
  const isPlain = (unit: InputUnit | undefined): boolean => unit !== undefined && unit.label === undefined;
  let start = from;
  let end = cursor;
  while (start > 0 && from - start < joining && isPlain(units[start - 1])) start -= 1;
  while (end < units.length && end - cursor < joining && isPlain(units[end])) end += 1;
  const before = units.slice(start, cursor).reduce((length, unit) => length + unit.text.length, 0);
  const joined = toUnits(units.slice(start, end).map((unit) => unit.text).join(""));
  let place = 0;
  for (let length = 0; place < joined.length && length < before; place += 1) length += joined[place]?.text.length ?? 0;
  return { units: [...units.slice(0, start), ...joined, ...units.slice(end)], cursor: start + place };
}

function findWord(units: readonly InputUnit[], cursor: number, step: 1 | -1): number {
  const isWord = (place: number): boolean => /[\p{L}\p{N}\p{M}_]/u.test(units[step === 1 ? place : place - 1]?.text ?? "");
  const isInside = (place: number): boolean => (step === 1 ? place < units.length : place > 0);
  let place = cursor;
  while (isInside(place) && !isWord(place)) place += step;
  while (isInside(place) && isWord(place)) place += step;
  return place;
}
