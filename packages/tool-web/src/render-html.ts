import type { BlockWriter } from "./block-writer.ts";
import type { HtmlToken } from "./html-tokens.ts";
import type { InlineText } from "./inline-text.ts";
import { createBlockWriter } from "./block-writer.ts";
import { blockElements, navigationElements, silentElements, voidElements, looseElements } from "./element-kinds.ts";
import { toAttributes, toHtmlTokens } from "./html-tokens.ts";
import { createInlineText } from "./inline-text.ts";

/** How a page is turned into text. */
export interface RenderOptions {
  /** Address against which links are resolved. */
  readonly base: string;
  /** Most characters (UTF-16 units) of text. */
  readonly limit: number;
  /** True to keep what stands in menus. */
  readonly keepsNavigation?: boolean;
}

/** A page as text in the manner of Markdown. */
export interface RenderedHtml {
  /** What the page calls itself; empty where it does not. */
  readonly title: string;
  readonly text: string;
  /** True where text was left out at the limit. */
  readonly isCut: boolean;
}

/** Deepest list and quotation that is still indented. */
const deepest = 8;

/** Longest target of a link that is written out. */
const longestTarget = 2_000;

interface Page {
  readonly options: RenderOptions;
  readonly inline: InlineText;
  readonly blocks: BlockWriter;
  readonly lists: { readonly isOrdered: boolean; count: number }[];
  base: string;
  title: string | undefined;
  /** Whether words are those of the title, or of a further one that is not shown. */
  inTitle: "first" | "further" | undefined;
  /** What the next paragraph begins with, as the entry of a list or a heading does. */
  marker: string;
  quotes: number;
  listGroup: number;
  code: { text: string; language: string } | undefined;
  /** The element whose content is passed over, and how many of its name are open. */
  skipped: { readonly name: string; depth: number } | undefined;
}

/**
 * Turns HTML into text in the manner of Markdown, in one pass over its tags:
 * headings, paragraphs, lists, quotations, code, tables as rows, links as
 * `[words](address)`. Scripts, forms' controls, drawings and what the page
 * hides are left out. Never throws, and is linear in the size of the page.
 */
export function renderHtml(html: string, options: RenderOptions): RenderedHtml {
  const page: Page = {
    options,
    inline: createInlineText(),
    blocks: createBlockWriter(options.limit),
    lists: [],
    base: options.base,
    title: undefined,
    inTitle: undefined,
    marker: "",
    quotes: 0,
    listGroup: 0,
    code: undefined,
    skipped: undefined,
  };
  for (const token of toHtmlTokens(html)) {
    if (page.blocks.isFull()) break;
    if (page.skipped !== undefined) passOver(page.skipped, token, page);
    else if (token.kind === "text") addText(token.text, page);
    else if (token.kind === "open") open(token, page);
    else close(token.name, page);
  }
  endCode(page);
  endBlock(page);
  const isCut = page.blocks.isFull();
  return { title: (page.title ?? "").replaceAll(/\s+/g, " ").trim().slice(0, 500), text: page.blocks.finish(), isCut };
}

function passOver(skipped: { readonly name: string; depth: number }, token: HtmlToken, page: Page): void {
  if (token.kind === "text" || token.name !== skipped.name) return;
  if (token.kind === "open") skipped.depth += token.isSelfClosing ? 0 : 1;
  else skipped.depth -= 1;
  if (skipped.depth === 0) page.skipped = undefined;
}

function addText(text: string, page: Page): void {
  if (page.inTitle === "first") page.title = (page.title ?? "") + text;
  else if (page.inTitle === "further") return;
  else if (page.code === undefined) page.inline.add(text);
  else page.code.text += text;
}

function open(tag: Extract<HtmlToken, { kind: "open" }>, page: Page): void {
  const { name } = tag;
  // A title holds no elements: one that was left open ends here.
  page.inTitle = name === "title" ? (page.title === undefined ? "first" : "further") : undefined;
  if (name === "title") return;
  if (isSilent(tag, page)) {
    if (name === "math") page.inline.add(` ${toAttributes(tag).get("alttext") ?? ""} `);
    if (!tag.isSelfClosing) page.skipped = { name, depth: 1 };
    return;
  }
  if (page.code !== undefined) return openInCode(tag, page.code);
  if (blockElements.has(name)) {
    endBlock(page);
    return openBlock(tag, page);
  }
  if (name === "a") openLink(tag, page);
  else if (name === "br") page.inline.lineBreak();
  else if (name === "img") addPicture(tag, page);
  else if (name === "code") page.inline.addExactly("`");
  else if (name === "base") page.base = toTarget(toAttributes(tag).get("href"), page.options.base) ?? page.base;
}

function openBlock(tag: Extract<HtmlToken, { kind: "open" }>, page: Page): void {
  const { name } = tag;
  const level = /^h([1-6])$/.exec(name)?.[1];
  if (level !== undefined) page.marker = `${"#".repeat(Number(level))} `;
  else if (name === "ul" || name === "ol" || name === "dir") {
    if (page.lists.length === 0) page.listGroup += 1;
    page.lists.push({ isOrdered: name === "ol", count: toStart(tag) });
  } else if (name === "li") page.marker = toMarker(page);
  else if (name === "dd") page.marker = ": ";
  else if (name === "blockquote") page.quotes += 1;
  else if (name === "hr") page.blocks.write({ text: "---" });
  else if (name === "pre") page.code = { text: "", language: toLanguage(tag) };
  else if (name === "table") page.blocks.startTable();
  else if (name === "tr") page.blocks.startRow();
  else if (name === "td" || name === "th") page.blocks.startCell(name === "th");
}

function close(name: string, page: Page): void {
  if (name === "title") page.inTitle = undefined;
  else if (name === "pre") endCode(page);
  else if (page.code !== undefined) return;
  else if (name === "a") page.inline.closeLink();
  else if (name === "code") page.inline.addExactly("`");
  else if (name === "p" || blockElements.has(name)) {
    endBlock(page);
    page.marker = "";
    if (name === "ul" || name === "ol" || name === "dir") page.lists.pop();
    else if (name === "blockquote") page.quotes = Math.max(0, page.quotes - 1);
    else if (name === "tr" || name === "table") page.blocks.endRow();
  }
}

/** Writes the paragraph that was read, if it has words. */
function endBlock(page: Page): void {
  const text = page.inline.take();
  if (text === "" || text === "``") return;
  const { marker } = page;
  page.marker = "";
  const inList = page.lists.length > 0;
  const isEntry = inList && marker !== "" && !marker.startsWith("#");
  const quote = "> ".repeat(Math.min(page.quotes, deepest));
  const depth = Math.min(page.lists.length, deepest);
  const indent = quote + "  ".repeat(Math.max(0, isEntry ? depth - 1 : depth));
  const hanging = indent + (isEntry ? "  " : "");
  const isHeading = marker.startsWith("#");
  const body = isHeading ? text.replaceAll("\n", " ").replace(/ ?[¶#]$/, "") : text.replaceAll("\n", `\n${hanging}`);
  page.blocks.write({ text: indent + marker + body, ...(isEntry ? { group: `list ${page.listGroup}` } : {}) });
}

/** Writes what a `pre` holds, fenced by more backticks than it has. */
function endCode(page: Page): void {
  const { code } = page;
  page.code = undefined;
  if (code === undefined) return;
  const text = code.text.replaceAll("\r\n", "\n").replace(/^\n/, "").trimEnd();
  if (text.trim() === "") return;
  const longest = (text.match(/`{3,}/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  const fence = "`".repeat(Math.min(longest + 1, 20));
  page.marker = "";
  page.blocks.write({ text: `${fence}${code.language}\n${text}\n${fence}` });
}

/** Some pages set every line of code as a block; others name the language on the element inside. */
function openInCode(tag: Extract<HtmlToken, { kind: "open" }>, code: { text: string; language: string }): void {
  const isLine = tag.name === "br" || (blockElements.has(tag.name) && tag.name !== "td" && tag.name !== "pre");
  if (isLine && (tag.name === "br" || (code.text !== "" && !code.text.endsWith("\n")))) code.text += "\n";
  if (tag.name === "code" && code.language === "") code.language = toLanguage(tag);
}

function toLanguage(tag: { readonly source: string }): string {
  return /(?:^|\s)lang(?:uage)?-([\w+#-]{1,30})/.exec(toAttributes(tag).get("class") ?? "")?.[1] ?? "";
}

function openLink(tag: { readonly source: string }, page: Page): void {
  const href = toAttributes(tag).get("href");
  const target = href === undefined || href.trim().startsWith("#") ? undefined : toTarget(href, page.base);
  if (target === undefined) page.inline.closeLink();
  else page.inline.openLink(target);
}

function addPicture(tag: { readonly source: string }, page: Page): void {
  const words = (toAttributes(tag).get("alt") ?? "").replaceAll(/\s+/g, " ").trim();
  if (words !== "") page.inline.add(`[image: ${words.slice(0, 300)}]`);
}

/** An address one could fetch or write to, whole; undefined for one that runs a script or carries data. */
function toTarget(href: string | undefined, base: string): string | undefined {
  const url = href === undefined || href.length > longestTarget ? null : URL.parse(href, base);
  if (url === null || !["http:", "https:", "mailto:"].includes(url.protocol)) return undefined;
  return url.href.replaceAll("(", "%28").replaceAll(")", "%29");
}

function toMarker(page: Page): string {
  const list = page.lists.at(-1);
  if (list?.isOrdered !== true) return "- ";
  list.count += 1;
  return `${list.count}. `;
}

function toStart(tag: { readonly source: string }): number {
  const start = Number.parseInt(toAttributes(tag).get("start") ?? "1", 10);
  return Number.isSafeInteger(start) ? start - 1 : 0;
}

/** True for what shows no words, what the page hides, and menus unless they are wanted. */
function isSilent(tag: { readonly name: string; readonly source: string }, page: Page): boolean {
  if (silentElements.has(tag.name)) return true;
  if (page.options.keepsNavigation !== true && navigationElements.has(tag.name)) return true;
  // The end of these cannot be told by counting their tags.
  if (voidElements.has(tag.name) || looseElements.has(tag.name) || !/hidden|none|navigation/i.test(tag.source)) return false;
  const attributes = toAttributes(tag);
  const isMenu = attributes.get("role") === "navigation" && page.options.keepsNavigation !== true;
  return isMenu || attributes.has("hidden") || attributes.get("aria-hidden") === "true" || /display\s*:\s*none/i.test(attributes.get("style") ?? "");
}
