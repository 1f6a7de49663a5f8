/** A piece of a reply's text, with what it is. */
export interface TextPiece {
  readonly kind: "text" | "reasoning";
  readonly text: string;
}

/** Tells reasoning that a model writes into its text, `<think>…</think>` at the start, from the text. */
export interface ThinkSplitter {
  /** Takes the next delta; returns what can be told apart by now. */
  push(delta: string): readonly TextPiece[];
  /** Returns what was held back; call it once, at the end. */
  flush(): readonly TextPiece[];
}

const opening = "<think>";
const closing = "</think>";

type State = "start" | "thinking" | "after" | "text";

/**
 * Makes a splitter for one reply. Only a tag at the very start counts, after
 * blank space at most; a `<think>` in the middle is text. Blank space before
 * and after the tags is dropped. However the text is cut into deltas, the pieces
 * of a kind joined together are the same.
 */
export function createThinkSplitter(): ThinkSplitter {
  let state: State = "start";
  let held = "";
  const steps: Record<State, () => TextPiece | undefined> = {
    start() {
      const content = held.trimStart();
      if (content.length < opening.length && opening.startsWith(content)) return undefined;
      if (!content.startsWith(opening)) return enter("text", held, "text");
      return enter("thinking", "", "reasoning", content.slice(opening.length));
    },
    thinking() {
      const end = held.indexOf(closing);
      if (end !== -1) return enter("after", held.slice(0, end), "reasoning", held.slice(end + closing.length));
      const safe = held.length - overlap(held, closing);
      return enter("thinking", held.slice(0, safe), "reasoning", held.slice(safe));
    },
    after() {
      const content = held.trimStart();
      return content === "" ? undefined : enter("text", content, "text");
    },
    text: () => enter("text", held, "text"),
  };
  const enter = (next: State, text: string, kind: TextPiece["kind"], rest = ""): TextPiece => {
    state = next;
    held = rest;
    return { kind, text };
  };
  return {
    push(delta) {
      held += delta;
      const pieces: TextPiece[] = [];
      for (;;) {
        const before = `${state}:${held.length}`;
        const piece = held === "" ? undefined : steps[state]();
        if (piece !== undefined && piece.text !== "") pieces.push(piece);
        if (piece === undefined || `${state}:${held.length}` === before) return pieces;
      }
    },
    flush() {
      const text = held;
      held = "";
      if (text === "" || state === "after") return [];
      return [{ kind: state === "thinking" ? "reasoning" : "text", text }];
    },
  };
}

/** Length of the longest end of `text` that begins `tag`. */
function overlap(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length--) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}
