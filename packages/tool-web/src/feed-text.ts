import { toAttributes, toHtmlTokens } from "./html-tokens.ts";
import { toPlainWords } from "./plain-words.ts";

/** A feed as text. */
export interface FeedText {
  readonly title: string;
  readonly text: string;
}

interface Entry {
  title: string;
  link: string;
  date: string;
  words: string;
}

/** Elements of RSS and Atom, and what they tell of an entry; of several that tell the same the first with words counts. */
const fields: Readonly<Record<string, keyof Entry | undefined>> = {
  title: "title",
  link: "link",
  pubdate: "date",
  published: "date",
  updated: "date",
  "dc:date": "date",
  description: "words",
  summary: "words",
  content: "words",
  "content:encoded": "words",
};

/** Most entries that are shown, and characters of each one's words. */
const mostEntries = 200;
const mostWords = 300;

/** An RSS or Atom feed as a list of its entries with links, dates and first words; undefined for other XML. Never throws. */
export function toFeedText(xml: string, base: string): FeedText | undefined {
  const feed = toEntry();
  const entries: Entry[] = [];
  let entry = feed;
  let open: { readonly element: string; readonly field: keyof Entry; text: string } | undefined;
  for (const token of toHtmlTokens(xml, "xml")) {
    if (token.kind === "text") {
      if (open !== undefined) open.text += token.text;
    } else if (token.kind === "close") {
      if (token.name === open?.element) {
        if (entry[open.field] === "") entry[open.field] = open.text.trim();
        open = undefined;
      } else if (isEntry(token.name)) entry = toEntry();
    } else if (open === undefined && isEntry(token.name)) {
      if (entries.length === mostEntries) break;
      entry = toEntry();
      entries.push(entry);
    } else if (open === undefined && Object.hasOwn(fields, token.name)) {
      const field = fields[token.name];
      if (token.name === "link" && entry.link === "") entry.link = toLink(token);
      if (field !== undefined && !token.isSelfClosing) open = { element: token.name, field, text: "" };
    }
  }
  if (entries.length === 0) return undefined;
  return { title: toPlainWords(feed.title, 300), text: entries.map((each) => toListed(each, base)).join("\n") };
}

function isEntry(name: string): boolean {
  return name === "item" || name === "entry";
}

function toEntry(): Entry {
  return { title: "", link: "", date: "", words: "" };
}

/** The address of an Atom link that leads to the entry itself. */
function toLink(tag: { readonly source: string }): string {
  const attributes = toAttributes(tag);
  return (attributes.get("rel") ?? "alternate") === "alternate" ? (attributes.get("href") ?? "") : "";
}

function toListed({ title, link, date, words }: Entry, base: string): string {
  const url = URL.parse(link, base);
  const isWeb = link !== "" && (url?.protocol === "https:" || url?.protocol === "http:");
  const name = toPlainWords(title, 300) || "(untitled)";
  const head = isWeb ? `[${name}](${url?.href ?? ""})` : name;
  const excerpt = toPlainWords(words, mostWords);
  return `- ${head}${date === "" ? "" : ` (${toPlainWords(date, 40)})`}${excerpt === "" ? "" : `\n  ${excerpt}`}`;
}
