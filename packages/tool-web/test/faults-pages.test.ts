import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { afterEach, expect, it } from "vitest";
import type { Route, WebPlace } from "./web-place.ts";
import { openWeb, page, textOf } from "./web-place.ts";

/** A route that answers `body` under these headers. */
const send = (headers: Readonly<Record<string, string>>, body: string | Uint8Array): Route => (response) => void response.writeHead(200, headers).end(body);

/** Writes `piece` for ever, each when the one before is on its way. */
const endless = (type: string, piece: string | Uint8Array): Route => (response) => {
  response.writeHead(200, { "content-type": type });
  const write = (error?: Error | null): void => void (error || response.destroyed ? undefined : response.write(piece, write));
  write();
};

const routes: Readonly<Record<string, Route>> = {
  "/endless": endless("text/html", `<p>${"again and again ".repeat(400)}</p>`),
  "/endless-line": endless("text/plain", "x".repeat(65_536)),
  "/endless-tag": endless("text/html", `<p ${"a".repeat(65_536)}`),
  "/endless-nesting": endless("text/html", "<div><b><table><ul><li>".repeat(2_000)),
  "/endless-binary": endless("text/plain", Buffer.alloc(65_536, 1)),
  "/bomb": send({ "content-type": "text/html", "content-encoding": "gzip" }, gzipSync(Buffer.alloc(100_000_000, "word "))),
  "/not-gzip": send({ "content-type": "text/html", "content-encoding": "gzip" }, "<p>plain words</p>"),
  "/half-gzip": send({ "content-type": "text/plain", "content-encoding": "gzip" }, gzipSync(Array.from({ length: 20_000 }, (_, index) => `word ${index} `).join("")).subarray(0, 20_000)),
  "/latin-as-utf8": page("text/html; charset=utf-8", Buffer.from("<p>caf\xe9 br\xfbl\xe9e</p>", "latin1")),
  "/utf8-as-latin": page("text/html; charset=iso-8859-1", "<p>café 日本語</p>"),
  "/utf8-as-utf16": page("text/html; charset=utf-16", "<p>plain words</p>"),
  "/utf16": page("text/html; charset=utf-16le", Buffer.from("<p>café 日本語</p>", "utf16le")),
  "/shift-jis": page("text/html; charset=shift_jis", Buffer.from("3c703e93fa967b8cea3c2f703e", "hex")),
  "/unknown": page("text/html; charset=klingon-8", "<p>café</p>"),
  "/empty-charset": page("text/html; charset=", "<p>café</p>"),
  "/number": page("7", "<!doctype html><p>typed wrongly"),
};

const places: WebPlace[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.close();
});

async function fetchPage(path: string): Promise<string> {
  const place = await openWeb(routes, { pageBytes: 300_000 });
  places.push(place);
  const begun = performance.now();
  const text = await place.call("web.fetch", { url: place.base + path }).then(
    (result) => `${result.isError === true ? "ERROR " : ""}${textOf(result)}`,
    (error: Error) => `THROWN ${error.message}`,
  );
  expect(performance.now() - begun).toBeLessThan(20_000);
  expect(text.length).toBeLessThan(310_000);
  return text;
}

it.each([
  ["that never ends gives its head", "/endless", /again and again[^]*\[only the first 300 KB were read/],
  ["that is one line without end gives its head", "/endless-line", /xxxx[^]*\[only the first 300 KB/],
  ["that is one tag without end has no text", "/endless-tag", /\[only the first 300 KB/],
  ["that nests without end ends", "/endless-nesting", /\[only the first 300 KB/],
  ["that is binary without end says so", "/endless-binary", /^ERROR .*is binary data/],
  ["of 100 MB in a small archive gives its head", "/bomb", /word word[^]*\[only the first 300 KB/],
  ["that says it is packed and is not says so", "/not-gzip", /^THROWN .*\/not-gzip answered with a body that cannot be read: \S/],
  ["whose archive breaks off gives what came", "/half-gzip", /word 1 word 2/],
  ["in UTF-8 that says UTF-16 is read right", "/utf8-as-utf16", /plain words/],
  ["in UTF-16 without a mark that says so is read right", "/utf16", /caf\u00e9 \u65e5\u672c\u8a9e/],
  ["in Latin-1 that says UTF-8 is read right", "/latin-as-utf8", /café brûlée/],
  ["in UTF-8 that says Latin-1 is read right", "/utf8-as-latin", /café 日本語/],
  ["in Shift JIS is read right", "/shift-jis", /日本語/],
  ["in an encoding nobody knows is read as UTF-8", "/unknown", /café/],
  ["in an encoding that is not said is read as UTF-8", "/empty-charset", /café/],
  ["of a type that is none is read by what it is", "/number", /typed wrongly/],
])("a page %s", async (_name, path, words) => {
  expect(await fetchPage(path)).toMatch(words);
});
