import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toPageText } from "../src/page-text.ts";
import { articlePage } from "./pages.ts";

const options = { url: "https://coast.example/news/harbour", limit: 50_000, articleTimeoutMs: 10_000 };

describe("toPageText", () => {
  it("keeps the article with its structure and drops the menu", async () => {
    const { title, origin, text } = await toPageText(articlePage, options);
    expect(title).toBe("The harbour | Coast Times");
    expect(origin).toBe("Ada Example");
    expect(text).toContain("## What was built");
    expect(text).toContain("Read [the plans](https://coast.example/plans?year=2020&part=1) and [the report](https://other.example/report).");
    expect(text).toContain("- a pier of stone\n- a light\n  1. red\n  2. green");
    expect(text).toContain("```sh\nmake pier && make light\n  # two lines\n```");
    expect(text).toContain("| Part | Cost |\n| --- | --- |\n| Pier | 4 \\| 5 |\n| Light | 2 |");
    expect(text).toContain("> It holds.");
    expect(text).not.toMatch(/Sport section|Buy a boat|cookies|script words|color: red/);
  });

  it("resolves the links of an article against the base the page states", async () => {
    const based = articlePage.replace("<head>", '<head><base href="https://mirror.example/x/">').replace('href="/plans', 'href="plans');
    expect((await toPageText(based, options)).text).toContain("[the plans](https://mirror.example/x/plans?year=2020&part=1)");
    const relative = based.replace("https://mirror.example/x/", "/y/");
    expect((await toPageText(relative, options)).text).toContain("[the plans](https://coast.example/y/plans?year=2020&part=1)");
  });

  it("shows the whole text where there is no article", async () => {
    const { text } = await toPageText("<title>Index</title><ul><li><a href=a>A</a><li><a href=b>B</a></ul>", options);
    expect(text).toBe("- [A](https://coast.example/news/a)\n- [B](https://coast.example/news/b)");
  });

  it("shows the menu of a page that is nothing else", async () => {
    expect((await toPageText("<nav><a href=/a>A</a></nav>", options)).text).toBe("[A](https://coast.example/a)");
  });

  it("reads a nested bomb in bounded time and depth", async () => {
    const { text } = await toPageText(`${"<div>".repeat(100_000)}core${"</div>".repeat(100_000)}`, options);
    expect(text).toBe("core");
  });

  it("shows the whole text of a page whose article is not found in time", async () => {
    const { text } = await toPageText(articlePage.repeat(20), { ...options, articleTimeoutMs: 1 });
    expect(text).toContain("a pier of stone");
    expect(text).toContain("cookies");
  });

  it("never throws and stays within bounds", async () => {
    const html = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("<p>", "<div>", "</div>", "<table>", "<td>", "<a href=", "<base href='http://[", "<svg>", "<template>", "<select>", "<html>", "<body ", "<!doctype", "word, word. ".repeat(30))), { maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(html, async (pieces) => {
        const { text } = await toPageText(pieces.join(""), { ...options, limit: 300 });
        expect(text.length).toBeLessThanOrEqual(300);
      }),
      { numRuns: 100 },
    );
  });
});
