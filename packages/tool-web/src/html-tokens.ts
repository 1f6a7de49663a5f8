import { decodeEntities } from "./html-entities.ts";

/** A piece of a page, in the order of its source. Names are in lower case; text is decoded. */
export type HtmlToken =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "open"; readonly name: string; readonly source: string; readonly isSelfClosing: boolean }
  | { readonly kind: "close"; readonly name: string };

/** Elements whose content holds no tags. Of the first kind nothing is shown, of the second the text is. */
const rawElements: ReadonlySet<string> = new Set(["script", "style", "iframe", "noembed", "noframes"]);
const textElements: ReadonlySet<string> = new Set(["title", "textarea", "xmp"]);

/**
 * Splits HTML, or XML, into tags and text: in one pass, in linear time, with
 * no tree and no recursion, so that no page is too deep or too broken for it.
 * It is no validator: it takes what is there, as a browser would.
 */
export function* toHtmlTokens(html: string, syntax: "html" | "xml" = "html"): Generator<HtmlToken, void, undefined> {
  // Names whose end tag is known not to come any more, so that it is looked for once.
  const unclosed = new Set<string>();
  let at = 0;
  while (at < html.length) {
    const start = html.indexOf("<", at);
    if (start !== at) yield { kind: "text", text: decodeEntities(html.slice(at, start === -1 ? html.length : start)) };
    if (start === -1) return;
    const mark = toMarkupEnd(html, start, syntax);
    if (mark.text !== undefined) yield { kind: "text", text: mark.text };
    at = mark.end;
    if (mark.tag === undefined) continue;
    yield mark.tag;
    if (syntax === "xml" || mark.tag.kind !== "open" || unclosed.has(mark.tag.name)) continue;
    const { name } = mark.tag;
    if (!rawElements.has(name) && !textElements.has(name)) continue;
    const end = toRawEnd(html, at, name);
    if (end === -1) unclosed.add(name);
    if (textElements.has(name) && end !== -1) yield { kind: "text", text: decodeEntities(html.slice(at, end)) };
    if (rawElements.has(name) || end !== -1) at = end === -1 ? html.length : end;
  }
}

/** The attributes of an opening tag, by name in lower case; of a repeated one the first counts. */
export function toAttributes(tag: { readonly source: string }): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single, bare] of tag.source.matchAll(/([^\s=>"'/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g)) {
    const key = name.toLowerCase();
    if (!attributes.has(key)) attributes.set(key, decodeEntities(double ?? single ?? bare ?? ""));
  }
  return attributes;
}

interface Markup {
  /** Index after it. */
  readonly end: number;
  readonly tag?: Extract<HtmlToken, { kind: "open" | "close" }>;
  readonly text?: string;
}

/** What begins with the `<` at `start`: a tag, a comment, or only that character. */
function toMarkupEnd(html: string, start: number, syntax: "html" | "xml"): Markup {
  const next = html[start + 1] ?? "";
  if (next === "!" || next === "?") return toDeclaration(html, start, syntax);
  const isClose = next === "/";
  const nameStart = start + (isClose ? 2 : 1);
  if (!isLetter(html.charCodeAt(nameStart))) return isClose ? { end: toAfter(html, ">", start) } : { end: start + 1, text: "<" };
  const end = toTagEnd(html, nameStart);
  // A tag that never ends is the torn end of a page.
  if (end === -1) return { end: html.length };
  const inner = html.slice(nameStart, end);
  const name = (/^[^\s/>]+/.exec(inner)?.[0] ?? "").toLowerCase();
  if (isClose) return { end: end + 1, tag: { kind: "close", name } };
  return { end: end + 1, tag: { kind: "open", name, source: inner.slice(name.length), isSelfClosing: inner.endsWith("/") } };
}

function toDeclaration(html: string, start: number, syntax: "html" | "xml"): Markup {
  if (html.startsWith("<!--", start)) return { end: toAfter(html, "-->", start + 2) };
  if (syntax === "xml" && html.startsWith("<![CDATA[", start)) {
    const end = toAfter(html, "]]>", start);
    return { end, text: html.slice(start + 9, html.startsWith("]]>", end - 3) ? end - 3 : end) };
  }
  return { end: toAfter(html, ">", start) };
}

/** Index of the `>` that ends a tag, or -1. A quote counts only where a value begins. */
function toTagEnd(html: string, from: number): number {
  for (let index = from; index < html.length; index += 1) {
    const character = html[index];
    if (character === ">") return index;
    if (character !== "=") continue;
    let value = index + 1;
    while (isBlank(html.charCodeAt(value))) value += 1;
    const quote = html[value];
    if (quote !== '"' && quote !== "'") continue;
    const end = html.indexOf(quote, value + 1);
    index = end === -1 ? value : end;
  }
  return -1;
}

function toRawEnd(html: string, from: number, name: string): number {
  const closing = new RegExp(`</${name}`, "gi");
  closing.lastIndex = from;
  return closing.exec(html)?.index ?? -1;
}

function toAfter(html: string, mark: string, from: number): number {
  const found = html.indexOf(mark, from);
  return found === -1 ? html.length : found + mark.length;
}

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
