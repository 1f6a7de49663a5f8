import { describe, expect, it } from "vitest";
import { findMainArticle, isFitForTree } from "../src/main-article.ts";
import { articlePage } from "./pages.ts";

describe("findMainArticle", () => {
  it("finds the article without what stands around it", async () => {
    const article = await findMainArticle(articlePage, 10_000);
    expect(article).toMatchObject({ title: "The harbour | Coast Times", origin: "Ada Example" });
    expect(article?.content).toContain("a pier of stone");
    expect(article?.content).not.toMatch(/Sport section|Buy a boat|cookies|script words/);
  });

  it("runs no script of the page", async () => {
    const marker = "omniScriptRan";
    await findMainArticle(`<script>globalThis.${marker} = 1</script><body onload="globalThis.${marker} = 1"><img src=x onerror="globalThis.${marker} = 1">${articlePage}`, 10_000);
    expect(marker in globalThis).toBe(false);
  });

  it("gives up when it takes too long", async () => {
    const deep = `${"<div>".repeat(250)}${"<p>Words, and more words, that score.</p>".repeat(2_000)}${"</div>".repeat(250)}`;
    expect(isFitForTree(deep)).toBe(true);
    expect(await findMainArticle(deep, 1)).toBeUndefined();
  });

  it("makes no tree of a page that is too deep, too rich or too long", async () => {
    expect(await findMainArticle(articlePage.replace("</body>", `${"<br>".repeat(40_001)}</body>`), 10_000)).toBeUndefined();
    expect(isFitForTree("<div>".repeat(257))).toBe(false);
    expect(isFitForTree("<div><p>x</p></div>".repeat(19_000))).toBe(true);
    expect(isFitForTree("<br>".repeat(40_001))).toBe(false);
    expect(isFitForTree("x".repeat(2_097_153))).toBe(false);
    // Paragraphs and list entries may leave their end out, and are then no depth.
    expect(isFitForTree("<p>x".repeat(1_000))).toBe(true);
  });
});
