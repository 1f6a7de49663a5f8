import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBrave } from "../src/brave-engine.ts";
import { parseDuckduckgo } from "../src/duckduckgo-engine.ts";
import { toDistinct } from "../src/search-engine.ts";
import { parseSearxng } from "../src/searxng-engine.ts";
import { emptyPage, resultsPage, riddlePage } from "./search-pages.ts";

describe("parseDuckduckgo", () => {
  it("gives titles, real addresses and snippets, without advertisements", () => {
    expect(parseDuckduckgo(resultsPage)).toEqual([
      { title: "The harbour & its light", url: "https://coast.example/harbour?a=1&b=2", snippet: "Rebuilt after the storm, by many." },
      { title: "Plans", url: "http://plans.example/", snippet: "" },
      { title: "Plans again", url: "http://plans.example/", snippet: "the same page" },
      { title: "Direct", url: "https://direct.example/", snippet: "Without a detour" },
    ]);
  });

  it("finds nothing in pages without results", () => {
    expect(parseDuckduckgo(emptyPage)).toEqual([]);
    expect(parseDuckduckgo(riddlePage)).toEqual([]);
  });

  it("never throws", () => {
    const piece = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom('<a class="result__a" href="', '//duckduckgo.com/l/?uddg=%', '">', "</a>", '<div class="result result--ad">', '<a class="result__snippet">', "<b>"));
    fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => Array.isArray(parseDuckduckgo(pieces.join("")))));
  });
});

describe("parseSearxng and parseBrave", () => {
  it("read their answers", () => {
    expect(parseSearxng('{"query":"x","results":[{"title":"A &amp; B","url":"https://a.example/","content":"c"},{"url":3}]}')).toEqual([
      { title: "A & B", url: "https://a.example/", snippet: "c" },
      { title: "", url: "", snippet: "" },
    ]);
    expect(parseBrave('{"web":{"results":[{"title":"A","url":"https://a.example/","description":"b <strong>c</strong> &quot;d&quot;"}]}}')).toEqual([{ title: "A", url: "https://a.example/", snippet: 'b c "d"' }]);
    expect(parseBrave('{"type":"search"}')).toEqual([]);
  });

  it("say what is no answer", () => {
    expect(() => parseSearxng("<html>")).toThrow("searxng answered something that is no JSON");
    expect(() => parseSearxng("{}")).toThrow("searxng answered JSON without results");
    expect(() => parseBrave("[")).toThrow("brave answered something that is no JSON");
  });
});

describe("toDistinct", () => {
  it("keeps pages of the web, each once, up to the limit", () => {
    const of = (url: string, title = "t"): { title: string; url: string; snippet: string } => ({ title, url, snippet: "" });
    const found = toDistinct([of("javascript:x"), of("https://a.example/"), of("https://a.example/"), of("https://b.example/", ""), of("http://c.example/"), of("http://d.example/")], 2);
    expect(found.map(({ url }) => url)).toEqual(["https://a.example/", "http://c.example/"]);
  });
});
