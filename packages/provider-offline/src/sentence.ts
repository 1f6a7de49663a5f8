import { foldWord } from "./fold-word.ts";
import { isWord, toCommandNouns, toNoun, toVerb } from "./lexicon.ts";

/**
 * What a value given in a message looks like. `term` is a single name to
 * search for, `phrase` are words after *for* and their like, which are worth
 * less: they mean a text only where it is clear what is searched.
 */
export type ValueKind = "url" | "file" | "folder" | "path" | "glob" | "quoted" | "term" | "phrase" | "number" | "tool";

/** A part of a message: a word, or a value that the message plainly gives. */
export type Item =
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: ValueKind; readonly text: string };

/** Longest message that is read as one request; what is longer tells a story. */
const mostCharacters = 300;

const token = /"([^"\n]+)"|“([^”\n]+)”|„([^“”\n]+)[“”]|«\s*([^»\n]+?)\s*»|`([^`\n]+)`|(?<![\p{L}\d])'([^'\n]+)'(?![\p{L}\d])|(\S+)/gu;

/** Files that are known by a name without a point. */
const bareFiles = ["README", "LICENSE", "CHANGELOG", "Makefile", "Dockerfile", "Gemfile", "Procfile", "Jenkinsfile", "CODEOWNERS", "NOTICE", "AUTHORS"];

/** Endings that are more often a host's than a file's. */
const hosts = ["com", "org", "net", "edu", "gov", "info"];

/** Reads a message as words and values; undefined for one that is no single short request. */
export function toItems(text: string, tools: ReadonlySet<string>): readonly Item[] | undefined {
  const plain = text.trim().replace(/[’]/g, "'");
  if (plain === "" || plain.length > mostCharacters || /\n\s*\S/.test(plain)) return undefined;
  const items: Item[] = [];
  // Where all is written large, large letters mark nothing.
  const isShouted = !/\p{Ll}/u.test(plain);
  for (const match of plain.matchAll(token)) {
    const quoted = match.slice(1, 7).find((each) => each !== undefined);
    if (quoted !== undefined) items.push({ kind: "quoted", text: quoted });
    else items.push(...toTokenItems(match[7] ?? "", tools, isShouted));
  }
  return joinNames(items);
}

/** What a quoted or bare text looks like as a value. */
export function toPathKind(text: string): "file" | "folder" | "path" | "glob" | undefined {
  if (/\s/.test(text) && !/\.[A-Za-z]\w{0,9}$|\/$/.test(text)) return undefined;
  if (/[*]|\{[^}]*,[^}]*\}/.test(text)) return /^[\w.@/*?[\]{},\s-]+$/.test(text) && text.length > 1 ? "glob" : undefined;
  if (bareFiles.includes(text.split("/").at(-1) ?? "")) return "file";
  if (text === "." || text === ".." || (/\/$/.test(text) && /[\w.]/.test(text))) return "folder";
  if (!/^(?:~|\.{1,2})?\/?[\p{L}\p{N}_.@ ()+-]+(?:\/[\p{L}\p{N}_.@ ()+-]+)*$/u.test(text)) return undefined;
  const ending = /[^/]\.([A-Za-z][A-Za-z0-9]{0,9})$/.exec(text)?.[1]?.toLowerCase();
  if (ending !== undefined) return (!text.includes("/") && hosts.includes(ending)) || /^(?:e\.g|i\.e|z\.b|p\.ej)$/i.test(text) || /\w@\w/.test(text) ? undefined : "file";
  if (/^\.[A-Za-z][\w-]*$/.test(text)) return "path";
  return text.includes("/") && !/^\d+\/\d+$/.test(text) && !/^(?:and\/or|he\/she|yes\/no)$/i.test(text) ? "path" : undefined;
}

function toTokenItems(raw: string, tools: ReadonlySet<string>, isShouted: boolean): readonly Item[] {
  const bare = raw.replace(/^[([¿¡]+/, "").replace(/[,;:!?)\]]+$/, "");
  const stripped = bare === "." || bare === ".." ? bare : bare.replace(/\.+$/, "");
  if (stripped === "") return [];
  if (tools.has(stripped)) return [{ kind: "tool", text: stripped }];
  if (/^https?:\/\/\S+$/i.test(stripped)) return [{ kind: "url", text: stripped }];
  if (/^\d+(?:[-–]\d+)?$/.test(stripped)) return [{ kind: "number", text: stripped }];
  const path = toPathKind(stripped);
  if (path !== undefined) return [{ kind: path, text: stripped }];
  if (!isShouted && isIdentifier(stripped)) return [{ kind: "term", text: stripped }];
  return toWords(stripped).map((word) => ({ kind: "word", text: word }));
}

/** A name that is no word of a language: TODO, some_name, someName, call(). */
function isIdentifier(text: string): boolean {
  return /^[A-Z][A-Z0-9]{2,}$/.test(text) || /^[A-Za-z]\w*_\w+$/.test(text) || /^[a-z]+[A-Z]\w*$/.test(text) || /^\w+\($/.test(text);
}

/** Words of a token: `what's` is two, `don't` is one, `qu'y` and `l'heure` are two. */
function toWords(text: string): readonly string[] {
  const word = text.toLowerCase();
  if (/n't$/.test(word)) return [word.replace("'", "")];
  if (/^(?:what|where|that|it|there|here|who|how)'s$/.test(word)) return [word.slice(0, -2), "is"];
  if (word === "i'd" || word === "let's") return [word.slice(0, word.indexOf("'"))];
  if (/^(?:l|d|qu|s|n|c|j|m|t)'./.test(foldWord(word))) return word.split("'");
  return /-(?:moi|nous|tu|vous|y|t)(?:-|$)/.test(word) ? word.split("-") : [text];
}

/**
 * Words that stand where a name must stand become values: after `folder` or
 * `file`, after a command, and at the end after `in` where files are spoken of.
 */
function joinNames(items: readonly Item[]): readonly Item[] {
  const isOfFiles = items.some((item) => item.kind === "word" && (toNoun(item.text) !== undefined || toCommandNouns(item.text) !== undefined));
  return items.map((item, index) => {
    if (item.kind !== "word" || !isName(item.text)) return item;
    const before = items[index - 1];
    const after = items[index + 1];
    if (before?.kind !== "word") return item;
    const previous = /^(?:named|called|namens|llamad[oa])$/.test(foldWord(before.text)) ? items[index - 2] : before;
    const isLast = after === undefined || (after.kind === "word" && isWord("introducer", after.text));
    if (previous?.kind === "word" && isLast && toNoun(previous.text) === "folder" && !isWord("manner", item.text)) return { kind: "folder", text: item.text };
    if (previous?.kind === "word" && after === undefined && index === 1 && ["ls", "dir"].includes(previous.text.toLowerCase())) return { kind: "path", text: item.text };
    if (isOfFiles && isLast && isWord("preposition", before.text) && !isWord("manner", item.text)) return { kind: "path", text: item.text };
    return item;
  });
}

function isName(word: string): boolean {
  return /^[\p{L}\p{N}_-]+$/u.test(word) && toNoun(word) === undefined && toVerb(word) === undefined && !isWord("filler", word) && !isWord("termNoun", word) && !isWord("negation", word) && !isWord("introducer", word);
}
