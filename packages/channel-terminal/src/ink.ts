/** How a piece of text looks. */
export type Ink = "bold" | "dim" | "italic" | "underline" | "strike" | "code" | "good" | "bad" | "accent";

const codes: Readonly<Record<Ink, string>> = { bold: "1", dim: "2", italic: "3", underline: "4", strike: "9", code: "36", good: "32", bad: "31", accent: "35" };

/** Puts inks onto text; where the terminal takes no colours the text stays as it is. */
export type Paint = (text: string, ...inks: readonly Ink[]) => string;

/** Makes the paint of a terminal. Every painted text ends what it began, so rows can be drawn in any order. */
export function createPaint(hasColors: boolean): Paint {
  return (text, ...inks) => (!hasColors || inks.length === 0 || text === "" ? text : `\u001b[${inks.map((ink) => codes[ink]).join(";")}m${text}\u001b[0m`);
}

/** Cells that a painted row takes. */
export function toUnpainted(row: string): string {
  return row.replaceAll(/\u001b\[[0-9;]*m/g, "");
}
