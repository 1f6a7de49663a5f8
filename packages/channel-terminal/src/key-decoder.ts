import type { TerminalKey } from "./terminal-key.ts";
import { toKey } from "./terminal-key.ts";
import { toSequenceKey } from "./key-sequence.ts";

const escape = "\u001b";
const pasteBegins = `${escape}[200~`;
const pasteEnds = `${escape}[201~`;

/** Longest sequence that is waited for, in UTF-16 units: what is longer is none. */
const mostSequence = 4_096;

/** Turns what a terminal sends into keys. */
export interface KeyDecoder {
  /** The keys that are complete with this chunk. */
  push(chunk: string): readonly TerminalKey[];
  /** What a longer chunk could still change: a lone escape or the beginning of a sequence, or a paste that has not ended. */
  readonly pending: "nothing" | "sequence" | "paste";
  /** Takes what is pending as it is: nothing more of it will come. */
  flush(): readonly TerminalKey[];
}

/** What one look at the waiting text found. */
interface Found {
  /** UTF-16 units that are done with; 0 where more must come first. */
  readonly length: number;
  readonly key?: TerminalKey;
  readonly isPaste?: boolean;
}

/** Makes a decoder that keeps at most so many UTF-16 units of a paste. Keys do not depend on where chunks end. */
export function createKeyDecoder(mostPaste: number): KeyDecoder {
  let waiting = "";
  let paste: ReturnType<typeof createPaste> | undefined;

  const takePaste = (isLast: boolean): TerminalKey | undefined => {
    if (paste === undefined) return undefined;
    const end = waiting.indexOf(pasteEnds);
    // The end may be cut by the chunk: so much is left to wait for the rest.
    const upTo = end !== -1 ? end : isLast ? waiting.length : Math.max(0, waiting.length - pasteEnds.length + 1);
    paste.add(waiting.slice(0, upTo));
    waiting = waiting.slice(end === -1 ? upTo : end + pasteEnds.length);
    if (end === -1 && !isLast) return undefined;
    const key = paste.toKey();
    paste = undefined;
    return key;
  };
  const drain = (isLast: boolean): readonly TerminalKey[] => {
    const keys: TerminalKey[] = [];
    while (waiting !== "" || paste !== undefined) {
      if (paste !== undefined) {
        const key = takePaste(isLast);
        if (key === undefined) break;
        keys.push(key);
        continue;
      }
      const found = findKey(waiting, isLast);
      if (found.length === 0) break;
      waiting = waiting.slice(found.length);
      if (found.isPaste === true) paste = createPaste(mostPaste);
      if (found.key !== undefined) keys.push(found.key);
    }
    return keys;
  };
  return {
    push(chunk) {
      waiting += chunk;
      return drain(false);
    },
    get pending() {
      return paste !== undefined ? "paste" : waiting === "" ? "nothing" : "sequence";
    },
    flush: () => drain(true),
  };
}

/** Collects a paste, no more of it than may be kept. */
function createPaste(most: number): { add(text: string): void; toKey(): TerminalKey } {
  const parts: string[] = [];
  let size = 0;
  return {
    add(text) {
      if (size < most) parts.push(text.slice(0, most - size));
      size += text.length;
    },
    toKey: () => ({ kind: "paste", text: parts.join("").replaceAll(/\r\n?/g, "\n"), size }),
  };
}

function findKey(text: string, isLast: boolean): Found {
  if (text.startsWith(escape)) return findEscaped(text, isLast);
  const plain = /^[^\u0000-\u001f\u007f]+/.exec(text)?.[0];
  if (plain !== undefined) return { length: plain.length, key: { kind: "text", text: plain } };
  const key = toControlKey(text.charCodeAt(0));
  return { length: 1, ...(key === undefined ? {} : { key }) };
}

function findEscaped(text: string, isLast: boolean): Found {
  const second = text.charAt(1);
  if (second === "") return isLast ? { length: 1, key: toKey("escape") } : { length: 0 };
  if (text.startsWith(pasteBegins)) return { length: pasteBegins.length, isPaste: true };
  if (second === "[" || second === "O") return findSequence(text, isLast);
  if (/[\]PX^_]/.test(second)) return findString(text, isLast);
  if (second === escape) return { length: 1, key: toKey("escape") };
  const control = toControlKey(second.charCodeAt(0));
  if (control !== undefined) return { length: 2, key: { ...control, isAlt: true } };
  const letter = String.fromCodePoint(text.codePointAt(1) ?? 32);
  return { length: 1 + letter.length, key: toKey(letter.toLowerCase(), { isAlt: true, isShift: letter !== letter.toLowerCase() }) };
}

function findSequence(text: string, isLast: boolean): Found {
  const form = text.charAt(1) === "O" ? /^\u001bO([0-9;]*[@-~])/ : /^\u001b\[([0-?]*[ -/]*[@-~])/;
  const body = form.exec(text)?.[1];
  if (body !== undefined) {
    const key = toSequenceKey(body);
    return { length: body.length + 2, ...(key === undefined ? {} : { key }) };
  }
  // Only the beginning of one is waited for; what cannot become a sequence is Alt and the letter.
  const isBeginning = /^\u001b(?:O[0-9;]*|\[[0-?]*[ -/]*)$/.test(text) && text.length < mostSequence;
  if (isBeginning && !isLast) return { length: 0 };
  return { length: 2, key: toKey(text.charAt(1).toLowerCase(), { isAlt: true }) };
}

/** What a terminal answers to a question is no key; it is skipped whole. */
function findString(text: string, isLast: boolean): Found {
  const whole = /^\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)/.exec(text)?.[0];
  if (whole !== undefined) return { length: whole.length };
  const isBeginning = /^\u001b[\]PX^_][^\u0007\u001b]*\u001b?$/.test(text) && text.length < mostSequence;
  if (isBeginning && !isLast) return { length: 0 };
  return { length: 2, key: toKey(text.charAt(1).toLowerCase(), { isAlt: true }) };
}

/** The key of a control character; undefined for those that no key sends. */
function toControlKey(code: number): ReturnType<typeof toKey> | undefined {
  switch (code) {
    case 8:
    case 127:
      return toKey("backspace");
    case 9:
      return toKey("tab");
    case 10:
      return toKey("newline");
    case 13:
      return toKey("enter");
    default:
      return code >= 1 && code <= 26 ? toKey(String.fromCharCode(code + 96), { isCtrl: true }) : code === 31 ? toKey("_", { isCtrl: true }) : undefined;
  }
}
