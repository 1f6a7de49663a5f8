import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RowStyle } from "../src/markdown-rows.ts";
import { createMarkdownStream } from "../src/markdown-stream.ts";
import { createPaint, toUnpainted } from "../src/ink.ts";
import { toMarkdownRows } from "../src/markdown-rows.ts";
import { widthOf } from "../src/text-width.ts";

function style(width: number, hasColors = false): RowStyle {
  return { width, paint: createPaint(hasColors), hasColors };
}

function stream(pieces: readonly string[], width: number, isMarkdown = true): readonly string[] {
  const made = createMarkdownStream(() => style(width), isMarkdown);
  const rows: string[] = [];
  for (const piece of pieces) {
    rows.push(...made.push(piece));
    // Looking at what is open changes nothing.
    made.open();
  }
  return [...rows, ...made.end()];
}

const document = `# Title

Some **bold**, *slanted*, ~~old~~ and \`code\` words, a [link](https://example.org/a) and https://example.org.
A line of its own.

- one
- two
  - inner
- [x] done
- [ ] open

1. first

2. second

> quoted
> words

\`\`\`ts
const a = 1;

\treturn "long ${"x".repeat(60)}";
\`\`\`
after

| name | size |
| :--- | ---: |
| a.txt | 12 |
| a much longer name than fits | 3 |

---

the end`;

describe("Markdown as rows", () => {
  it("shows every kind of block", () => {
    expect(stream([document], 40).join("\n")).toMatchInlineSnapshot(`
      "# Title

      Some bold, slanted, old and code words,
      a link (https://example.org/a) and
      https://example.org.
      A line of its own.

      • one
      • two
        • inner
      • [x] done
      • [ ] open

      1. first

      2. second

      │ quoted
      │ words

        ts
        const a = 1;

            return "long xxxxxxxxxxxxxxxxxxxxx
        xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        x";

      after

      name                         │ size
      ─────────────────────────────┼─────
      a.txt                        │   12
      a much longer name than fits │    3

      ────────────────────────────────────────

      the end"
    `);
  });

  it("turns a table into a list where the columns do not fit", () => {
    expect(toMarkdownRows("| a | b | c |\n|-|-|-|\n| 1 | 2 | 3 |", style(12))).toEqual(["a: 1", "b: 2", "c: 3"]);
  });

  it("paints nothing where no colours are, and says headings by their signs", () => {
    expect(toMarkdownRows("## Two", style(20))).toEqual(["## Two"]);
    expect(toMarkdownRows("## Two", style(20, true))).toEqual(["\u001b[1mTwo\u001b[0m"]);
  });
});

const pieces = fc.oneof(
  fc.constantFrom("# h\n", "\n", "\n\n", "- a\n", "  - b\n", "1. x\n", "```\n", "```js\n", "~~~\n", "    code\n", "> q\n", "| a | b |\n|---|---|\n", "| 1 | 2 |\n", "---\n", "===\n", "**bold", "** ", "`", "[x](y)", "<b>", "&amp;", "\\", "word ", "世界 ", "👩‍👩‍👧", "\t", "\u001b[2J", "\u0007", "\u202e", "\r\n", "* ", "+ ", "text\n"),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);
const texts = fc.array(pieces, { maxLength: 25 }).map((parts) => parts.join(""));
const widths = fc.integer({ min: 4, max: 60 });

describe("a stream of Markdown", () => {
  it("ends in the same rows whatever pieces it comes in", () => {
    fc.assert(
      fc.property(texts, widths, fc.boolean(), fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (text, width, isMarkdown, sizes) => {
        expect(stream(cut(text, sizes), width, isMarkdown)).toEqual(stream([text], width, isMarkdown));
      }),
      { numRuns: 500 },
    );
  });

  it("makes no row wider than the screen", () => {
    fc.assert(
      fc.property(texts, widths, (text, width) => {
        for (const row of stream([text], width)) expect(widthOf(toUnpainted(row))).toBeLessThanOrEqual(width);
      }),
      { numRuns: 500 },
    );
  });

  it("lets nothing through that a terminal would obey, and nothing that hides", () => {
    fc.assert(
      fc.property(texts, widths, (text, width) => {
        const made = createMarkdownStream(() => style(width, true), true);
        const rows = [...made.push(text), ...made.open(), ...made.end()];
        for (const row of rows) expect(toUnpainted(row)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200e\u202a-\u202e\u2066-\u2069]/);
      }),
      { numRuns: 500 },
    );
  });

  it("gives the lines of code as they end, and a paragraph when it is over", () => {
    const made = createMarkdownStream(() => style(40), true);
    expect(made.push("words that")).toEqual([]);
    expect(made.open()).toEqual(["words that"]);
    expect(made.push(" go on\n\n```js\nlet a;\nlet")).toEqual(["words that go on", "", "  js", "  let a;"]);
    expect(made.open()).toEqual(["  let"]);
    expect(made.push(" b;\n```\nnext")).toEqual(["  let b;"]);
    expect(made.open()).toEqual(["", "next"]);
    expect(made.end()).toEqual(["", "next"]);
  });

  it("keeps no block open for ever: a text without an end is given in parts", () => {
    const made = createMarkdownStream(() => style(80), true);
    const rows = made.push("word ".repeat(20_000));
    expect(rows.length).toBeGreaterThan(1_000);
    expect(made.open().length).toBeLessThan(300);
  });
});

function cut(text: string, sizes: Iterable<number>): readonly string[] {
  const chunks: string[] = [];
  let place = 0;
  for (const size of sizes) {
    if (place >= text.length) break;
    chunks.push(text.slice(place, place + size));
    place += size;
  }
  return chunks;
}
