/** Escape sequences whole: what a terminal would obey (CSI, OSC and the like). */
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][\s\S]*?(?:\u0007|\u001b\\|$)|[ -/]*[0-~])?/g;

/** Control characters besides tab and line feed. */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Characters that turn the direction of text, or cannot be seen: they make one text look like another. */
const disguises = /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** Text of a model, a tool or a stranger made harmless for a terminal: it can neither move the cursor nor disguise itself. */
export function toSafeTerminalText(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(escapes, "").replace(controls, "").replace(disguises, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The same on one line, every run of white space one space. */
export function toOneLine(text: string): string {
  return toSafeTerminalText(text.replace(/\s+/g, " ")).trim();
}
