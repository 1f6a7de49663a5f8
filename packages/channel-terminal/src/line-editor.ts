import type { InputText } from "./input-text.ts";
import type { NamedKey, TerminalKey } from "./terminal-key.ts";
import { createInputText, toUnits } from "./input-text.ts";

/** Lines, and UTF-16 units, of a paste that is still shown as it is. */
const shownPasteLines = 8;
const shownPasteLength = 1_000;

/** What a key means to whoever owns the editor. */
export type EditorAction =
  | { readonly kind: "nothing" }
  | { readonly kind: "changed" }
  /** The text is done. */
  | { readonly kind: "submit" }
  /** Ctrl+C. */
  | { readonly kind: "interrupt" }
  /** Ctrl+D where nothing is written. */
  | { readonly kind: "end" }
  /** Ctrl+L. */
  | { readonly kind: "redraw" }
  /** The text cannot be taken; `reason` is for the person. */
  | { readonly kind: "refused"; readonly reason: string };

/** What was written before, for up, down and Ctrl+R. */
export interface PastInputs {
  /** Oldest first. */
  entries(): readonly string[];
}

/** What an editor is made from. */
export interface LineEditorOptions {
  /** Most UTF-8 bytes of the whole text. */
  readonly mostBytes: number;
  readonly past?: PastInputs;
}

/** A text that is written key by key. */
export interface LineEditor {
  readonly input: InputText;
  /** What is searched for while Ctrl+R searches. */
  readonly search: string | undefined;
  handle(key: TerminalKey): EditorAction;
  clear(): void;
}

interface State {
  readonly input: InputText;
  readonly options: LineEditorOptions;
  /** What was last cut, for Ctrl+Y. */
  cutText: string;
  /** Steps back in what was written before; 0 is what is being written. */
  back: number;
  draft: readonly { readonly text: string }[];
  search: string | undefined;
}

const nothing: EditorAction = { kind: "nothing" };
const changed: EditorAction = { kind: "changed" };

/** Makes an editor with nothing in it. */
export function createLineEditor(options: LineEditorOptions): LineEditor {
  const state: State = { input: createInputText(), options, cutText: "", back: 0, draft: [], search: undefined };
  return {
    input: state.input,
    get search() {
      return state.search;
    },
    handle(key) {
      if (key.kind === "key") return state.search === undefined ? handleKey(state, key) : searchKey(state, key);
      if (state.search !== undefined) return searchFor(state, state.search + key.text, 0);
      return key.kind === "paste" ? insertPaste(state, key.text, key.size) : insertText(state, key.text);
    },
    clear() {
      state.input.set([]);
      state.back = 0;
      state.search = undefined;
    },
  };
}

function insertText(state: State, text: string): EditorAction {
  if (text.length > shownPasteLength) return insertPaste(state, text, text.length);
  if (isTooLong(state, text, text.length)) return refuse(state, text.length);
  state.input.insert(text);
  return changed;
}

/** A long paste stands as one unit with a label, so that it is one place for the cursor and one thing to delete. */
function insertPaste(state: State, given: string, size: number): EditorAction {
  if (isTooLong(state, given, size)) return refuse(state, size);
  const text = given.replaceAll("\u0000", "");
  const lines = text.split("\n").length;
  if (lines <= shownPasteLines && text.length <= shownPasteLength) state.input.insert(text);
  else state.input.insertLabelled(text, lines > 1 ? `[pasted ${toCount(lines)} lines]` : `[pasted ${toCount(text.length)} characters]`);
  return changed;
}

function isTooLong({ input, options }: State, text: string, size: number): boolean {
  // A character has three bytes at most, so little text need not be counted.
  const written = input.text();
  if ((written.length + size) * 3 <= options.mostBytes) return false;
  return size > text.length || new TextEncoder().encode(written + text).length > options.mostBytes;
}

function refuse({ options }: State, size: number): EditorAction {
  return { kind: "refused", reason: `${toCount(size)} more characters do not fit: a message may have ${toCount(options.mostBytes)} bytes. Put them into a file of the workspace and name the file.` };
}

/** A whole number with commas. */
function toCount(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** Keys with Ctrl or Alt under the names of the keys that do the same. */
const synonyms: Readonly<Record<string, string>> = {
  "ctrl+a": "home", "ctrl+e": "end", "ctrl+b": "left", "ctrl+f": "right", "ctrl+p": "up", "ctrl+n": "down", "ctrl+h": "backspace", "ctrl+m": "enter", "ctrl+j": "newline",
  "alt+b": "ctrl+left", "alt+f": "ctrl+right", "alt+left": "ctrl+left", "alt+right": "ctrl+right", "alt+backspace": "ctrl+w", "ctrl+backspace": "ctrl+w",
  "alt+enter": "newline", "shift+enter": "newline", "ctrl+enter": "newline", "alt+newline": "newline", "ctrl+delete": "alt+d",
};

function toName(key: NamedKey): string {
  const name = `${key.isCtrl ? "ctrl+" : ""}${key.isAlt ? "alt+" : ""}${key.isShift && key.name === "enter" ? "shift+" : ""}${key.name}`;
  return synonyms[name] ?? name;
}

function handleKey(state: State, key: NamedKey): EditorAction {
  const { input } = state;
  const name = toName(key);
  switch (name) {
    case "enter":
      return submit(input);
    case "newline":
      return insertText(state, "\n");
    case "tab":
      return nothing;
    case "ctrl+c":
      return { kind: "interrupt" };
    case "ctrl+l":
      return { kind: "redraw" };
    case "ctrl+d":
      return input.isEmpty ? { kind: "end" } : cut(state, input.cursor, input.cursor + 1, false);
    case "ctrl+r":
      return searchFor(state, "", 0);
    case "up":
    case "down":
      return moveLine(state, name === "up" ? -1 : 1);
    case "ctrl+y":
      return insertText(state, state.cutText);
    default:
      return moveOrCut(state, name);
  }
}

function moveOrCut(state: State, name: string): EditorAction {
  const { input } = state;
  const { cursor } = input;
  switch (name) {
    case "left":
      return move(input, cursor - 1);
    case "right":
      return move(input, cursor + 1);
    case "home":
      return move(input, input.lineStart());
    case "end":
      return move(input, input.lineEnd());
    case "ctrl+home":
      return move(input, 0);
    case "ctrl+end":
      return move(input, input.units.length);
    case "ctrl+left":
      return move(input, input.wordStart());
    case "ctrl+right":
      return move(input, input.wordEnd());
    case "backspace":
      return cut(state, cursor - 1, cursor, false);
    case "delete":
      return cut(state, cursor, cursor + 1, false);
    case "ctrl+w":
      return cut(state, input.wordStart(), cursor, true);
    case "alt+d":
      return cut(state, cursor, input.wordEnd(), true);
    case "ctrl+u":
      return cut(state, input.lineStart(), cursor, true);
    case "ctrl+k":
      return cut(state, cursor, Math.max(cursor + (input.units[cursor]?.text === "\n" ? 1 : 0), input.lineEnd()), true);
    default:
      return nothing;
  }
}

function move(input: InputText, place: number): EditorAction {
  input.moveTo(place);
  return changed;
}

function cut(state: State, from: number, to: number, isKept: boolean): EditorAction {
  if (Math.min(to, state.input.units.length) <= Math.max(0, from)) return nothing;
  const text = state.input.cut(from, to);
  if (isKept) state.cutText = text;
  return changed;
}

/** Enter. A backslash at the end asks for another line. */
function submit(input: InputText): EditorAction {
  const last = input.units.length - 1;
  if (input.cursor === input.units.length && input.units[last]?.text === "\\") {
    input.cut(last, last + 1);
    input.insert("\n");
    return changed;
  }
  return input.text().trim() === "" ? nothing : { kind: "submit" };
}

/** Up and down: between lines, and beyond the first and last through what was written before. */
function moveLine(state: State, step: 1 | -1): EditorAction {
  const { input } = state;
  const column = input.cursor - input.lineStart();
  if (step === -1 && input.lineStart() > 0) {
    input.moveTo(input.lineStart() - 1);
    return move(input, Math.min(input.cursor, input.lineStart() + column));
  }
  if (step === 1 && input.lineEnd() < input.units.length) {
    input.moveTo(input.lineEnd() + 1);
    return move(input, Math.min(input.lineEnd(), input.cursor + column));
  }
  return recall(state, state.back - step);
}

function recall(state: State, back: number): EditorAction {
  const entries = state.options.past?.entries() ?? [];
  if (back < 0 || back > entries.length || back === state.back) return nothing;
  if (state.back === 0) state.draft = state.input.units;
  state.back = back;
  state.input.set(back === 0 ? state.draft : toUnits(entries.at(-back) ?? ""));
  return changed;
}

/** Ctrl+R: shows the newest entry that holds the words, or an older one than is shown. */
function searchFor(state: State, words: string, olderThan: number): EditorAction {
  const entries = state.options.past?.entries() ?? [];
  if (state.search === undefined && state.back === 0) state.draft = state.input.units;
  state.search = words;
  for (let back = olderThan + 1; words !== "" && back <= entries.length; back += 1) {
    const entry = entries.at(-back) ?? "";
    if (!entry.includes(words)) continue;
    state.back = back;
    state.input.set(toUnits(entry));
    return changed;
  }
  return changed;
}

function searchKey(state: State, key: NamedKey): EditorAction {
  const { search = "" } = state;
  switch (toName(key)) {
    case "ctrl+r":
      return searchFor(state, search, state.back);
    case "backspace":
      return searchFor(state, Array.from(search).slice(0, -1).join(""), 0);
    case "ctrl+g":
    case "escape":
    case "ctrl+c":
      state.search = undefined;
      state.back = 0;
      state.input.set(state.draft);
      return changed;
    default:
      // Any other key takes what was found, to be changed; Enter too, so that nothing is sent unseen.
      state.search = undefined;
      return toName(key) === "enter" ? changed : handleKey(state, key);
  }
}
