import { shellWords } from "./shell-words.ts";

/** Outside of quotes these mean something to a shell wherever they stand: lists, pipes, redirections, substitutions, patterns, braces. */
const special = "|&;<>()$`*?[{}\n";

/** Control characters and every space but blank and tab: shells and locales differ on whether they part words. */
const odd = /[\u0000-\u0008\u000a-\u001f\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]/;

/** A quoted or escaped part: what it stands for, and where the text goes on. */
interface Part {
  readonly text: string;
  readonly next: number;
}

/**
 * The words of a command that is nothing but words: what `sh` would hand to
 * the program, unchanged. Undefined where only a shell can say what it means
 * (a variable, pattern, pipe, redirection, assignment, several commands, a
 * builtin) or where shells differ, and for what is no command at all.
 */
export function toPlainWords(command: string): readonly string[] | undefined {
  if (!command.isWellFormed() || command.includes("\0")) return undefined;
  const words = toWords(command.replace(/^[ \t\n]+/, "").replace(/\n+$/, ""));
  const [program] = words ?? [];
  if (words === undefined || program === undefined || program === "" || program.includes("=") || shellWords.has(program)) return undefined;
  // Of some shells `echo` reads backslashes, of others not; the program is one more voice.
  if (program === "echo" && words.some((word) => word.includes("\\"))) return undefined;
  return words;
}

function toWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    if (character === " " || character === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
      at += 1;
      continue;
    }
    const part = toPart(text, at, word);
    if (part === undefined) return undefined;
    // A backslash before a line end joins the lines and is no word.
    if (part.text !== "" || character !== "\\") word = (word ?? "") + part.text;
    at = part.next;
  }
  return word === undefined ? words : [...words, word];
}

/** The next part of a word; `before` is what the word holds already. */
function toPart(text: string, at: number, before: string | undefined): Part | undefined {
  const character = text.charAt(at);
  if (character === "'") return toSingleQuoted(text, at);
  if (character === '"') return toDoubleQuoted(text, at);
  if (character === "\\") return toEscaped(text, at);
  // `{}` is what `find -exec` and `xargs` are given; every shell leaves it as it is.
  if (text.startsWith("{}", at)) return { text: "{}", next: at + 2 };
  if (special.includes(character) || odd.test(character)) return undefined;
  if (character === "#" && before === undefined) return undefined;
  if (character === "~" && (before === undefined || /[=:]$/.test(before))) return undefined;
  return { text: character, next: at + 1 };
}

function toSingleQuoted(text: string, at: number): Part | undefined {
  const end = text.indexOf("'", at + 1);
  return end === -1 ? undefined : { text: text.slice(at + 1, end), next: end + 1 };
}

/** Between double quotes a backslash counts only before `$`, a backquote, `"`, itself and a line end. */
function toDoubleQuoted(text: string, at: number): Part | undefined {
  let read = "";
  for (let index = at + 1; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '"') return { text: read, next: index + 1 };
    if (character === "$" || character === "`") return undefined;
    const following = text.charAt(index + 1);
    if (character !== "\\" || following === "" || !'$`"\\\n'.includes(following)) {
      read += character;
      continue;
    }
    if (following !== "\n") read += following;
    index += 1;
  }
  return undefined;
}

function toEscaped(text: string, at: number): Part | undefined {
  const following = text.charAt(at + 1);
  if (following === "") return undefined;
  return { text: following === "\n" ? "" : following, next: at + 2 };
}
