import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderHtml } from "../src/render-html.ts";

const base = "https://a.example/dir/page";
const render = (html: string, limit = 10_000): string => renderHtml(html, { base, limit }).text;

describe("renderHtml", () => {
  it("writes headings, paragraphs and line breaks", () => {
    expect(render("<h1>One <a href='#one'>¶</a></h1><p>a   b\n c<br> d <p>e<h3>Three</h3>")).toBe("# One\n\na b c\nd\n\ne\n\n### Three");
  });

  it("writes links with whole addresses and leaves out those that lead nowhere", () => {
    const html = `<p><a href="../x?a=1&amp;b=(2)"> two  words </a>and <a href="javascript:alert(1)">script</a> <a href="#here">here</a> <a href=data:text/html,x>data</a> <a href="mailto:a@b.example">mail</a>`;
    expect(render(html)).toBe("[two words](https://a.example/x?a=1&b=%282%29) and script here data [mail](mailto:a@b.example)");
    expect(render('<a href="https://b.example/">https://b.example/</a>')).toBe("https://b.example/");
    expect(render('<base href="https://c.example/d/"><a href="e">f</a>')).toBe("[f](https://c.example/d/e)");
  });

  it("keeps the link of a card whose words stand in a heading", () => {
    expect(render('<a href="/card"><h3>Card</h3><p>words</p></a>')).toBe("### [Card](https://a.example/card)\n\nwords");
  });

  it("writes lists with their order and depth", () => {
    expect(render("<ul><li>a<li><p>b</p><p>c</p><ol start=3><li>d<li>e</ol><li>f</ul><p>g")).toBe("- a\n- b\n\n  c\n\n  3. d\n  4. e\n- f\n\ng");
  });

  it("keeps code as it is, with its language", () => {
    expect(render('<pre class="lang-ts">\nif (a &lt; b) {\n\n  c();\n}\n</pre>x <code>y</code>')).toBe("```ts\nif (a < b) {\n\n  c();\n}\n```\n\nx `y`");
    expect(render("<pre>a ``` b</pre>")).toBe("````\na ``` b\n````");
    expect(render("<pre><div>one</div><div>two</div></pre>")).toBe("```\none\ntwo\n```");
  });

  it("writes tables of data as rows and takes tables of layout apart", () => {
    expect(render("<table><tr><th>A<th>B<tr><td>1|2<td><p>3</p><p>4</p><tr><td><td>5</table>")).toBe("| A | B |\n| --- | --- |\n| 1\\|2 | 3 4 |\n\n5");
    expect(render(`<table><tr><td><p>${"left ".repeat(100)}</p><td><h2>Right</h2></table>`)).toContain("left\n\n## Right");
    expect(render("<table><tr><td>a<table><tr><td>b<td>c</table>d</table>")).toBe("a\n\n| b | c |\n\nd");
  });

  it("leaves out scripts, controls, drawings, menus and what is hidden", () => {
    const html = `<script>if (a < b) "<p>script"</script><style>p{}</style><nav><p>menu</p></nav><svg><title>t</title><text>svg</text></svg><div hidden><div>a</div>secret</div>
      <div style="display: none">ghost</div><span aria-hidden="true">icon</span><button>press</button><template><p>later</p></template><!-- <p>comment</p> --><p>seen <img alt="a cat"><img src=x></p>`;
    expect(render(html)).toBe("seen [image: a cat]");
    expect(renderHtml("<nav>menu</nav>", { base, limit: 100, keepsNavigation: true }).text).toBe("menu");
  });

  it("takes the title of the page and no other", () => {
    expect(renderHtml("<title> One\n &amp; two </title><svg><title>three</title></svg><title>four</title>x", { base, limit: 100 })).toEqual({ title: "One & two", text: "x", isCut: false });
  });

  it("reads broken pages as far as they go", () => {
    expect(render("a < b <p>c <b>d</p></b></i> <3 <a href='x")).toBe("a < b\n\nc d\n\n<3");
    expect(render("<p>a<!-- never closed <p>b")).toBe("a");
    expect(renderHtml("<title>never closed <p>b", { base, limit: 100 })).toMatchObject({ title: "never closed", text: "b" });
  });

  it("cuts at the limit and says so", () => {
    const { text, isCut } = renderHtml("<p>\u{1F600}".repeat(1_000), { base, limit: 101 });
    expect(isCut).toBe(true);
    expect(text.length).toBeLessThanOrEqual(101);
    expect(text.isWellFormed()).toBe(true);
  });

  it("ends within bounds for every string", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("<table>", "<tr>", "<td>", "</table>", "<ul><li>", "</ul>", "<pre>", "</pre>", "<a href='/x", "'>", "</a>", "<!--", "-->", "<script>", "</script", "<title>", "<nav>", "&#x110000;", "&amp", "<div hidden>", "<blockquote>", "<h2>", "<br>", "\0", "<![CDATA["),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 1, max: 200 }), (pieces, limit) => {
        const { text, title } = renderHtml(pieces.join(""), { base, limit });
        expect(text.length).toBeLessThanOrEqual(limit);
        expect(title.length).toBeLessThanOrEqual(500);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["nested elements", "<div>".repeat(200_000)],
    ["nested lists", "<ul><li>x".repeat(100_000)],
    ["nested tables", "<table><tr><td>x<td>y".repeat(50_000)],
    ["tags without an end", "<a ".repeat(300_000)],
    ["open quotes", `<a href='x="`.repeat(100_000)],
    ["open comments", "<!--".repeat(250_000)],
    ["open scripts", "<script>".repeat(125_000)],
    ["open titles", "<title>".repeat(125_000)],
    ["angle brackets", "<".repeat(1_000_000)],
    ["attributes", `<div ${"none ='".repeat(150_000)}>`],
    ["open links", "<a href=/x>".repeat(100_000)],
  ])("is linear in a megabyte of %s", (_name, html) => {
    const before = performance.now();
    expect(renderHtml(html, { base, limit: 200_000 }).text.length).toBeLessThanOrEqual(200_000);
    // A quadratic reading would take minutes; this bound only has to tell the two apart on a busy machine.
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});
