import type { RenderedHtml } from "./render-html.ts";
import { findMainArticle } from "./main-article.ts";
import { renderHtml } from "./render-html.ts";

/** A page as it is shown. */
export interface PageText {
  readonly title: string;
  readonly origin: string;
  readonly text: string;
  readonly isCut: boolean;
}

/** How a page is read. */
export interface PageTextOptions {
  /** Address of the page, against which its links are resolved. */
  readonly url: string;
  /** Most characters of text. */
  readonly limit: number;
  /** Milliseconds that finding the article may take. */
  readonly articleTimeoutMs: number;
}

/** An article shorter than this, out of a page of more than `wholeRatio` times its words, is a teaser and not what the page is about. */
const shortArticle = 250;
const wholeRatio = 4;

/** Reads a page: its main article, or else all of its text but the menus, or else all of its text. */
export async function toPageText(html: string, options: PageTextOptions): Promise<PageText> {
  const render = (source: string, keepsNavigation = false): RenderedHtml => renderHtml(source, { base: options.url, limit: options.limit, keepsNavigation });
  const whole = render(html);
  const article = whole.text === "" ? undefined : await findMainArticle(html, options.articleTimeoutMs);
  if (article !== undefined) {
    // The base of the page stands in its head, which the article no longer has.
    const main = renderHtml(article.content, { base: toBase(html, options.url), limit: options.limit });
    const isTeaser = main.text.length < shortArticle && whole.text.length > wholeRatio * main.text.length;
    if (main.text !== "" && !isTeaser) return { title: article.title || whole.title, origin: article.origin, text: main.text, isCut: main.isCut };
  }
  const shown = whole.text === "" ? render(html, true) : whole;
  return { ...shown, origin: "" };
}

/** Where the links of a page lead from: its `base` element, or its own address. */
function toBase(html: string, url: string): string {
  const href = /<base\b[^>]{0,2000}?\bhref\s*=\s*["']?([^"'\s>]{1,2000})/i.exec(html.slice(0, 65_536))?.[1];
  const base = href === undefined ? null : URL.parse(href, url);
  return base?.href ?? url;
}
