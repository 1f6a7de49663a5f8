import { createContext, Script } from "node:vm";
import { looseElements, voidElements } from "./element-kinds.ts";
import { toHtmlTokens } from "./html-tokens.ts";

/** What a page is about, without its frame. */
export interface MainArticle {
  readonly title: string;
  /** Who wrote it, where and when, as far as the page says. */
  readonly origin: string;
  /** HTML, rebuilt from the tree and so well-formed. */
  readonly content: string;
}

/** Largest page a tree is made of: in characters, in elements, and in how deep they are nested. Readability's work grows with the product of the last two. */
const mostCharacters = 2_097_152;
const mostElements = 40_000;
const mostDepth = 256;

/**
 * Finds the main article of a page with Readability, on a tree that runs no
 * script. Both are imported at the first use. Undefined where there is none,
 * where the page is too large for a tree, and where finding takes longer than
 * `timeoutMs`: it runs on the one thread of the process, so it is stopped as
 * a script of its own, whatever the page looks like.
 */
export async function findMainArticle(html: string, timeoutMs: number): Promise<MainArticle | undefined> {
  if (!isFitForTree(html)) return undefined;
  const [{ parseHTML }, { Readability }] = await Promise.all([import("linkedom"), import("@mozilla/readability")]);
  const find = (): unknown => new Readability(parseHTML(html).document, { keepClasses: true }).parse();
  try {
    return toArticle(script.runInContext(createContext({ find }), { timeout: timeoutMs }));
  } catch {
    // Too slow, or a page that the tree or the search cannot take: the page is then read whole.
    return undefined;
  }
}

/** True for a page of a size, a number of elements and a depth that a tree is made of. */
export function isFitForTree(html: string): boolean {
  if (html.length > mostCharacters) return false;
  let elements = 0;
  let depth = 0;
  for (const token of toHtmlTokens(html)) {
    if (token.kind === "text") continue;
    if (token.kind === "open") elements += 1;
    if (!looseElements.has(token.name) && !voidElements.has(token.name)) depth = Math.max(0, depth + (token.kind === "open" && !token.isSelfClosing ? 1 : token.kind === "close" ? -1 : 0));
    if (elements > mostElements || depth > mostDepth) return false;
  }
  return true;
}

const script: Script = new Script("find()");

function toArticle(found: unknown): MainArticle | undefined {
  if (typeof found !== "object" || found === null) return undefined;
  const facts: Readonly<Record<string, unknown>> = { ...found };
  const toWords = (name: string): string => (typeof facts[name] === "string" ? facts[name].replaceAll(/\s+/g, " ").trim().slice(0, 300) : "");
  const { content } = facts;
  if (typeof content !== "string") return undefined;
  const origin = [toWords("byline"), toWords("siteName"), toWords("publishedTime")].filter((words) => words !== "");
  return { title: toWords("title"), origin: origin.join(" · "), content };
}
