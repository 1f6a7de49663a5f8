import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePage } from "../src/decode-page.ts";

const latin = (text: string): Uint8Array => Buffer.from(text, "latin1");
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("decodePage", () => {
  it.each([
    ["UTF-8 by default", utf8("naïve €"), "text/html", "naïve €", "utf-8"],
    ["the charset of the header", latin("na\xefve"), "text/html; charset=ISO-8859-1", "naïve", "windows-1252"],
    ["a quoted charset", Buffer.from("c4e3bac3", "hex"), 'text/html; Charset="GB2312"', "你好", "gbk"],
    ["the meta element", latin('<meta charset="windows-1251">\xcf\xf0'), "text/html", '<meta charset="windows-1251">Пр', "windows-1251"],
    ["the old meta element", latin('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">\xb3'), "", '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">ł', "iso-8859-2"],
    ["the declaration of XML", latin('<?xml version="1.0" encoding="koi8-r"?>\xf0'), "text/xml", '<?xml version="1.0" encoding="koi8-r"?>П', "koi8-r"],
    ["the header before the meta element", utf8('<meta charset="windows-1251">é'), "text/html; charset=utf-8", '<meta charset="windows-1251">é', "utf-8"],
    ["the byte order mark before all", Buffer.from("fffe4100ac20", "hex"), "text/html; charset=utf-8", "A€", "utf-16le"],
    ["UTF-16 of the header", Buffer.from("0041", "hex"), "text/plain; charset=utf-16be", "A", "utf-16be"],
    ["UTF-8 for a meta element that claims UTF-16", utf8('<meta charset="utf-16">é'), "", '<meta charset="utf-16">é', "utf-8"],
    ["UTF-8 for a charset nobody knows", utf8("é"), "text/html; charset=klingon", "é", "utf-8"],
    ["windows-1252 where UTF-8 is claimed and broken", latin("caf\xe9 \x93quoted\x94"), "text/html; charset=utf-8", "café “quoted”", "windows-1252"],
    ["UTF-8 with one broken byte as UTF-8", Buffer.concat([utf8("ééé "), latin("\xe9")]), "", "ééé \uFFFD", "utf-8"],
    ["UTF-8 where Latin-1 is claimed", utf8("é €"), "text/html; charset=latin1", "é €", "utf-8"],
  ])("reads %s", (...row) => {
    const [, bytes, claimed, text, encoding] = row;
    expect(decodePage(bytes, claimed, false)).toEqual({ text, encoding });
  });

  it("leaves out a character that is torn by the cut", () => {
    expect(decodePage(utf8("aé€").subarray(0, 5), "", true).text).toBe("aé");
    expect(decodePage(utf8("é").subarray(0, 1), "", true).text).toBe("");
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.oneof(fc.string(), fc.constantFrom("text/html; charset=utf-16", "charset=shift_jis", "charset=replacement")), fc.boolean(), (bytes, claimed, isCut) => typeof decodePage(bytes, claimed, isCut).text === "string"));
  });
});
