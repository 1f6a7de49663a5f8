import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toFeedText } from "../src/feed-text.ts";

const base = "https://f.example/feed.xml";

describe("toFeedText", () => {
  it("lists the entries of RSS", () => {
    const xml = `<?xml version="1.0"?><rss version="2.0"><channel><title>Coast &amp; sea</title><link>https://f.example/</link><image><title>logo</title></image>
      <item><title><![CDATA[The <b>harbour</b>]]></title><link>https://f.example/1</link><pubDate>Mon, 06 Jan 2025 10:00:00 GMT</pubDate><description>&lt;p&gt;Rebuilt &amp;amp; open&lt;/p&gt;</description></item>
      <item><title>Second</title><link>/2?a=1&amp;b=2</link><content:encoded><![CDATA[<p>words]]></content:encoded></item><item><link>javascript:x</link></item></channel></rss>`;
    expect(toFeedText(xml, base)).toEqual({
      title: "Coast & sea",
      text: "- [The harbour](https://f.example/1) (Mon, 06 Jan 2025 10:00:00 GMT)\n  Rebuilt & open\n- [Second](https://f.example/2?a=1&b=2)\n  words\n- (untitled)",
    });
  });

  it("lists the entries of Atom", () => {
    const xml = `<feed xmlns="http://www.w3.org/2005/Atom"><title>Notes</title><link href="https://f.example/"/>
      <entry><title type="html">One</title><link rel="edit" href="/edit"/><link href="/one"/><updated>2025-01-06</updated><content type="xhtml"><div><p>first <em>words</em></p><title>no</title></div></content></entry></feed>`;
    expect(toFeedText(xml, base)).toEqual({ title: "Notes", text: "- [One](https://f.example/one) (2025-01-06)\n  first wordsno" });
  });

  it("leaves other XML alone", () => {
    expect(toFeedText("<a><title>b</title></a>", base)).toBeUndefined();
  });

  it("never throws", () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom("<item>", "</item>", "<entry>", "<title>", "</title>", "<link href='http://['/>", "<![CDATA[", "]]>", "<constructor>"));
    fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      toFeedText(pieces.join(""), base);
    }));
  });
});
