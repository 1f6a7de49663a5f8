import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeEntities } from "../src/html-entities.ts";

describe("decodeEntities", () => {
  it("resolves numbers and the names that pages use", () => {
    expect(decodeEntities("&#65;&#x42;&eacute;&Eacute;&yuml;&ndash;&hellip;&Omega;&sigmaf;&nbsp;&lt;&rarr;&ensp;")).toBe("ABéÉÿ–…Ως\u00A0<→\u2002");
  });

  it("reads the numbers 128 to 159 as browsers do", () => {
    expect(decodeEntities("&#147;x&#148; &#150;")).toBe("“x” –");
  });

  it("takes a few names without the semicolon and leaves addresses alone", () => {
    expect(decodeEntities("a &amp b &lt c")).toBe("a & b < c");
    expect(decodeEntities("?a=1&copy=2&amp=3&lt4")).toBe("?a=1&copy=2&amp=3&lt4");
  });

  it("keeps what it does not know and replaces what is no character", () => {
    expect(decodeEntities("&bogus; & &; &#; &constructor;")).toBe("&bogus; & &; &#; &constructor;");
    expect(decodeEntities("&#0;&#xD800;&#x110000;")).toBe("\uFFFD\uFFFD\uFFFD");
  });

  it("undoes the escaping of every text", () => {
    fc.assert(fc.property(fc.string(), (text) => decodeEntities(text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")) === text));
  });
});
