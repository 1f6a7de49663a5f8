/** The words of one paragraph while it is read: blanks are collapsed, links written as `[words](target)`. */
export interface InlineText {
  /** Words as a page has them. */
  add(text: string): void;
  /** Characters to be kept as they are. */
  addExactly(text: string): void;
  lineBreak(): void;
  openLink(target: string): void;
  closeLink(): void;
  /** The paragraph so far, which begins anew. An open link ends with it, unless it has no words yet. Empty where there are no words. */
  take(): string;
}

/** Makes an empty paragraph. */
export function createInlineText(): InlineText {
  let line = "";
  let link: { readonly target: string; text: string } | undefined;
  let endsBlank = true;

  const append = (text: string): void => {
    if (text === "") return;
    if (link === undefined) line += text;
    else link.text += text;
  };
  const addExactly = (text: string): void => {
    append(text);
    if (text !== "") endsBlank = false;
  };
  const closeLink = (): void => {
    const closed = link;
    link = undefined;
    if (closed === undefined) return;
    const words = closed.text.trim();
    if (words === "") return append(closed.text);
    const lead = closed.text.startsWith(" ") ? " " : "";
    const trail = /\s$/.test(closed.text) ? " " : "";
    append(lead + (words === closed.target ? words : `[${words.replaceAll("\n", " ")}](${closed.target})`) + trail);
  };
  return {
    add(text) {
      const collapsed = text.replaceAll("\u00AD", "").replaceAll(/\s+/g, " ");
      const added = endsBlank ? collapsed.replace(/^ /, "") : collapsed;
      append(added);
      if (added !== "") endsBlank = added.endsWith(" ");
    },
    addExactly,
    lineBreak() {
      append("\n");
      endsBlank = true;
    },
    openLink(target) {
      closeLink();
      link = { target, text: "" };
    },
    closeLink,
    take() {
      const waiting = link?.text.trim() === "" ? link.target : undefined;
      closeLink();
      if (waiting !== undefined) link = { target: waiting, text: "" };
      const text = line.replaceAll(/ *\n */g, "\n").replaceAll(/\n{2,}/g, "\n").trim();
      line = "";
      endsBlank = true;
      return text;
    },
  };
}
