/** Most facts that are taken from one page, and characters of one. */
export const mostFacts = 2_000;
const mostCharacters = 2_000;

const head = `# Memory

What is known for good in this folder. It is yours: each list item is a fact that Omni keeps in mind, and whatever else you write here is left alone. Change an item and what was known changes with it; take it out and it is forgotten.
`;

/** A list item: a dash, a star, a plus or a number, with a box or without. */
const item = /^(\s*)(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?(\S.*)$/;
/** A fence around code: its marks with what they are indented by, and what stands behind them. */
const fence = /^(\s*(?:`{3,}|~{3,}))(.*)$/;
const lineEnd = /\r\n|\n|\r/;

/** What a page says. */
export interface PageFacts {
  /** In their order, each once. */
  readonly facts: readonly string[];
  /** True where the page has more than count, which are left out. */
  readonly isCut: boolean;
}

/**
 * The facts of a page: its list items, with the lines that go on one indented
 * below it. Headings, paragraphs, quotes and code are no facts. Any text is a
 * page.
 */
export function toFacts(page: string): PageFacts {
  const facts: string[] = [];
  let open: { readonly indent: number; readonly lines: string[] } | undefined;
  let code: string | undefined;
  const close = (): void => {
    if (open !== undefined) facts.push(toOneLine(open.lines.join(" ")));
    open = undefined;
  };
  for (const line of page.split(lineEnd)) {
    const before = code;
    code = toOpenAfter(line, before);
    if (code !== undefined || before !== undefined) {
      close();
      continue;
    }
    const match = item.exec(line);
    if (match !== null) {
      close();
      open = { indent: match[1]?.length ?? 0, lines: [match[2] ?? ""] };
    } else if (open !== undefined && line.trim() !== "" && line.length - line.trimStart().length > open.indent) open.lines.push(line);
    else close();
  }
  close();
  const all = [...new Set(facts)].filter((fact) => /[\p{L}\p{N}]/u.test(fact));
  return { facts: all.slice(0, mostFacts), isCut: all.length > mostFacts };
}

/** The page with facts added at its end, those it has already left out; a page of its own where there is none. Code that is left open there is closed first: in it they would be no facts. */
export function withFacts(page: string | undefined, facts: readonly string[]): string {
  const before = page ?? head;
  const known = new Set(toFacts(before).facts);
  const added = [...new Set(facts.map(toOneLine))].filter((fact) => fact !== "" && !known.has(fact));
  if (added.length === 0) return before;
  const closing = toOpenFence(before);
  const whole = closing === undefined ? before.trimEnd() : `${before.trimEnd()}\n${closing}`;
  const isList = /^\s*(?:[-*+]|\d{1,9}[.)])\s/.test(whole.split("\n").at(-1) ?? "");
  return `${whole}\n${isList ? "" : "\n"}${added.map((fact) => `- ${fact}`).join("\n")}\n`;
}

/** What closes the code a page ends in, indented as it was opened; undefined where it ends in none. */
function toOpenFence(page: string): string | undefined {
  return page.split(lineEnd).reduce<string | undefined>((open, line) => toOpenAfter(line, open), undefined);
}

/** The fence that is open behind a line, as CommonMark has it: one is ended by as many of its own marks, or more, and nothing behind them. */
function toOpenAfter(line: string, open: string | undefined): string | undefined {
  const [, opening = "", rest = ""] = fence.exec(line) ?? [];
  const marks = opening.trimStart();
  if (marks === "") return open;
  // Backticks behind backticks are code within a line.
  if (open === undefined) return marks.startsWith("`") && rest.includes("`") ? undefined : opening;
  const own = open.trimStart();
  return marks[0] === own[0] && marks.length >= own.length && rest.trim() === "" ? undefined : open;
}

function toOneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= mostCharacters ? line : `${line.slice(0, mostCharacters - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
