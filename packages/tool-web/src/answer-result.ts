import type { ToolResult } from "@omni/core";
import { Buffer } from "node:buffer";
import type { Answer } from "./fetch-answer.ts";
import type { PageText } from "./page-text.ts";
import type { ReadBody } from "./read-body.ts";
import type { WebToolOptions } from "./web-tool-options.ts";
import { decodePage } from "./decode-page.ts";
import { toFeedText } from "./feed-text.ts";
import { toJsonText } from "./json-text.ts";
import { toPageText } from "./page-text.ts";
import { toLine } from "./plain-words.ts";
import { renderHtml } from "./render-html.ts";
import { toFailedResult, toSize, toTextResult } from "./tool-output.ts";

/** Characters of a refusal's words that are shown. */
const excerptCharacters = 500;

/** What a call gives: a page as text, a picture, where the page went, or an error that says what came instead. */
export async function toAnswerResult(answer: Answer, options: WebToolOptions): Promise<ToolResult> {
  const { kind, url, body, leadsTo } = answer;
  if (leadsTo !== undefined) return toTextResult(`URL: ${url}\n\nIt leads to another host: ${leadsTo}\nNothing was fetched from there. To read it, call web.fetch with that address.`);
  if (!answer.isSuccess) return toFailedResult(toRefusal(answer));
  if (kind.kind === "binary") return toFailedResult(`${url} is ${kind.what}, ${toStatedSize(body)}; web.fetch shows text and pictures only.`);
  if (kind.kind === "image") return toPicture(answer, kind.mimeType, options.imageBytes);
  return toPage(answer, options);
}

function toPicture({ url, body }: Answer, mimeType: string, imageBytes: number): ToolResult {
  if (body.cut?.reason === "limit") return toFailedResult(`${url} is a picture (${mimeType}), ${toStatedSize(body)}; web.fetch shows pictures of at most ${toSize(imageBytes)}.`);
  if (body.cut !== undefined) return toFailedResult(`${url} is a picture (${mimeType}) of which only ${toSize(body.bytes.length)} came: ${body.cut.message}. Try again.`);
  const text = `URL: ${url}\nA picture (${mimeType}, ${toSize(body.bytes.length)}).`;
  return { content: [{ type: "text", text }, { type: "image", data: Buffer.from(body.bytes).toString("base64"), mimeType }] };
}

async function toPage(answer: Answer, options: WebToolOptions): Promise<ToolResult> {
  const { url, asked, body } = answer;
  const page = await toText(answer, options);
  const head = [
    ...(page.title === "" ? [] : [`Title: ${page.title}`]),
    `URL: ${url}${url === asked ? "" : ` (asked for ${asked})`}`,
    ...(page.origin === "" ? [] : [`By: ${page.origin}`]),
  ];
  const empty = answer.kind.kind === "html" ? "[the page has no text; it may be made by scripts, which are not run]" : "[the answer is empty]";
  const text = [head.join("\n"), page.text.trim() === "" ? empty : page.text, ...toNotes(body, page.isCut, options)].join("\n\n");
  return { content: [{ type: "text", text }] };
}

async function toText({ url, body, claimed, kind }: Answer, options: WebToolOptions): Promise<PageText> {
  const limit = options.textCharacters;
  const decoded = decodePage(body.bytes, claimed, body.cut !== undefined).text;
  if (kind.kind === "html") return toPageText(decoded, { url, limit, articleTimeoutMs: options.articleTimeoutMs });
  const plain = decoded.replaceAll("\r\n", "\n");
  const feed = kind.kind === "xml" ? toFeedText(plain, url) : undefined;
  const text = feed?.text ?? (kind.kind === "json" ? toJsonText(plain) : plain);
  const isCut = text.length > limit;
  return { title: feed?.title ?? "", origin: "", text: isCut ? text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, "") : text, isCut };
}

/** What was left out, in words. */
function toNotes(body: ReadBody, isCut: boolean, options: WebToolOptions): readonly string[] {
  const size = toSize(body.bytes.length);
  const notes: string[] = [];
  if (body.cut?.reason === "broken") notes.push(`only the first ${size} came: ${body.cut.message}`);
  else if (body.cut !== undefined) notes.push(`only the first ${size}${body.stated === undefined ? "" : ` of ${toSize(body.stated)}`} were read; maxBytes may be up to ${options.mostPageBytes}`);
  if (isCut) notes.push(`the text was cut after ${options.textCharacters} characters`);
  return notes.map((note) => `[${note}]`);
}

/** What a server said instead of the page. */
function toRefusal({ url, status, statusText, body, claimed, kind }: Answer): string {
  const stated = `${url} answered with status ${`${status} ${toLine(statusText, 100)}`.trim()}`;
  if (kind.kind === "image" || kind.kind === "binary" || body.bytes.length === 0) return `${stated}.`;
  const decoded = decodePage(body.bytes, claimed, body.cut !== undefined).text;
  const words = kind.kind === "html" ? renderHtml(decoded, { base: url, limit: excerptCharacters * 4 }) : { title: "", text: decoded };
  const excerpt = toLine([words.title, words.text].filter((each) => each !== "").join(" — "), excerptCharacters);
  return excerpt === "" ? `${stated}.` : `${stated}: ${excerpt}`;
}

function toStatedSize(body: ReadBody): string {
  if (body.stated !== undefined) return toSize(body.stated);
  return body.cut === undefined ? toSize(body.bytes.length) : `at least ${toSize(body.bytes.length)}`;
}
