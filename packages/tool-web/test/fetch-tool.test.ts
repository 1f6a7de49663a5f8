import { Buffer } from "node:buffer";
import { OmniError } from "@omni/core";
import { createToolContext } from "@omni/testkit";
import { createFakeHost } from "@omni/testkit/fakes";
import { afterEach, describe, expect, it } from "vitest";
import { createWebTool, webToolOptions } from "../src/index.ts";
import type { Route, WebPlace } from "./web-place.ts";
import { articlePage } from "./pages.ts";
import { openWeb, page, textOf } from "./web-place.ts";

const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(1_000, 1)]);

/** Writes until the other side is gone, each piece when the one before is on its way. */
const endless: Route = (response) => {
  response.writeHead(200, { "content-type": "text/html" });
  const piece = `<p>${"again and again ".repeat(200)}</p>`;
  const write = (error?: Error | null): void => void (error || response.destroyed ? undefined : response.write(piece, write));
  write();
};

const routes: Readonly<Record<string, Route>> = {
  "/article": page("text/html; charset=utf-8", articlePage),
  "/moved": (response) => void response.writeHead(302, { location: "/article" }).end(),
  "/latin": page("text/html; charset=utf-8", Buffer.from("<p>caf\xe9", "latin1")),
  "/json": page("application/json", '{"a":1}'),
  "/text": page("text/plain", "one\r\ntwo <b>"),
  "/xml": page("application/xml", "<a>\n <b>1</b>\n</a>"),
  "/feed": page("application/rss+xml", "<rss><item><title>News</title></item></rss>"),
  "/pdf": page("text/html", "%PDF-1.7 words"),
  "/zip": page("application/zip", Buffer.from(`504b0304${"00".repeat(50_000)}`, "hex")),
  "/liar": page("text/html", Buffer.from("<p>words\0\x01\x02")),
  "/picture": page("application/octet-stream", png),
  "/empty": page("text/plain", ""),
  "/scripted": page("text/html", "<title>App</title><div id=root></div><script>render()</script>"),
  "/gone": page("text/html", `<title>Gone</title><nav>menu</nav><p>This was removed. ${"More. ".repeat(500)}`, 410),
  "/broken": page("", "", 500),
  "/nothing": (response) => void response.writeHead(204).end(),
  "/endless": endless,
  "/long": page("text/plain", "0123456789".repeat(1_000)),
  "/torn": (response) => {
    response.writeHead(200, { "content-type": "text/plain", "content-length": "1000" });
    response.write("the first words", () => response.destroy());
  },
  "/deep": page("text/html", `${"<div>".repeat(100_000)}<p>core</p>`),
};

describe("web.fetch", () => {
  const places: WebPlace[] = [];
  const open = async (options = {}): Promise<WebPlace> => {
    const place = await openWeb(routes, options);
    places.push(place);
    return place;
  };
  afterEach(async () => {
    for (const place of places.splice(0)) await place.close();
  });

  it("gives the main article with title, address and origin", async () => {
    const place = await open();
    const result = await place.call("web.fetch", { url: `${place.base}/article` });
    expect(result.isError).toBeUndefined();
    expect(textOf(result)).toMatch(new RegExp(`^Title: The harbour \\| Coast Times\nURL: ${place.base}/article\nBy: Ada Example\n\n`));
    expect(textOf(result)).toContain(`[the plans](${place.base}/plans?year=2020&part=1)`);
    expect(textOf(result)).not.toMatch(/Sport section|cookies/);
  });

  it("goes out as the open world, with its time limit and name", async () => {
    const place = await open({ timeoutMs: 1_234, userAgent: "tester" });
    await place.call("web.fetch", { url: `${place.base}/text` });
    expect(place.sent).toHaveLength(1);
    expect(place.sent[0]?.options?.configured ?? false).toBe(false);
    expect(place.sent[0]?.options?.timeoutMs).toBe(1_234);
    expect(place.sent[0]?.headers.get("user-agent")).toBe("tester");
  });

  it("tells where a redirect led", async () => {
    const place = await open();
    expect(textOf(await place.call("web.fetch", { url: `${place.base}/moved` }))).toContain(`URL: ${place.base}/article (asked for ${place.base}/moved)`);
  });

  it("goes to no other host than that of its address", async () => {
    const place = await open();
    await place.call("web.fetch", { url: `${place.base}/text` });
    expect(place.sent[0]?.options?.withinHost).toBe(true);
  });

  it.each([
    [301, "https://evil.example/?d=SECRET", "https://evil.example/?d=SECRET"],
    [302, "//www.good.example/a b", "https://www.good.example/a%20b"],
    [303, "http://good.example:8080/", "http://good.example:8080/"],
    [307, "https://evil.example", "https://evil.example/"],
    [308, "https://evil.example", "https://evil.example/"],
  ])("gives the address that a %i leads to, and does not wait for its body", async (status, location, expected) => {
    let dropped = 0;
    const body = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => undefined), cancel: () => void (dropped += 1) });
    const answer = new Response(body, { status, headers: { location } });
    Object.defineProperty(answer, "url", { value: "https://good.example/r" });
    const host = createFakeHost({ egress: { fetch: async () => answer, configured: () => fetch } });
    const tool = createWebTool(webToolOptions.parse({}), host).tools()[0];
    const result = await tool?.execute({ url: "https://good.example/start" }, createToolContext());
    expect(result).toEqual({ content: [{ type: "text", text: `URL: https://good.example/r\n\nIt leads to another host: ${expected}\nNothing was fetched from there. To read it, call web.fetch with that address.` }] });
    expect(dropped).toBe(1);
  });

  it.each([
    [300, "https://other.example/"],
    [304, "https://other.example/"],
    [302, undefined],
    [302, "javascript:alert(1)"],
    [302, "http://["],
  ])("takes a %i with location %s for the refusal that it is", async (status, location) => {
    const answer = new Response(null, { status, ...(location === undefined ? {} : { headers: { location } }) });
    const host = createFakeHost({ egress: { fetch: async () => answer, configured: () => fetch } });
    const tool = createWebTool(webToolOptions.parse({}), host).tools()[0];
    const result = await tool?.execute({ url: "https://good.example/start" }, createToolContext());
    expect(result).toEqual({ content: [{ type: "text", text: `https://good.example/start answered with status ${status}.` }], isError: true });
  });

  it.each([
    ["/latin", "café"],
    ["/json", '{\n  "a": 1\n}'],
    ["/text", "one\ntwo <b>"],
    ["/xml", "<a>\n <b>1</b>\n</a>"],
    ["/feed", "- News"],
    ["/empty", "[the answer is empty]"],
    ["/nothing", "[the answer is empty]"],
    ["/scripted", "[the page has no text; it may be made by scripts, which are not run]"],
    ["/deep", "core"],
  ])("reads %s", async (path, expected) => {
    const place = await open();
    const text = textOf(await place.call("web.fetch", { url: place.base + path }));
    expect(text.split("\n\n").slice(1).join("\n\n")).toBe(expected);
  });

  it.each([
    ["/pdf", "is a PDF document, 14 B; web.fetch shows text and pictures only."],
    ["/zip", "is a zip archive or an office document, at least 8.2 KB; web.fetch shows text and pictures only."],
    ["/liar", "is binary data, 11 B; web.fetch shows text and pictures only."],
    ["/gone", "answered with status 410 Gone: Gone — This was removed. More."],
    ["/broken", "answered with status 500 Internal Server Error."],
    ["/none", "answered with status 404 Not Found: Lost — There is no such page."],
  ])("says in an error what %s is", async (path, expected) => {
    const place = await open();
    const result = await place.call("web.fetch", { url: place.base + path });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain(`${place.base}${path} ${expected}`);
    expect(textOf(result).length).toBeLessThan(700);
    expect(textOf(result)).not.toContain("menu");
  });

  it("shows a picture by its bytes, and refuses one that is too large", async () => {
    const place = await open();
    const result = await place.call("web.fetch", { url: `${place.base}/picture`, maxBytes: 10 });
    expect(result.content[1]).toEqual({ type: "image", mimeType: "image/png", data: png.toString("base64") });
    const small = await open({ imageBytes: 500 });
    const refused = await small.call("web.fetch", { url: `${small.base}/picture` });
    expect(refused.isError).toBe(true);
    expect(textOf(refused)).toContain("is a picture (image/png), at least 500 B; web.fetch shows pictures of at most 500 B.");
  });

  it("cuts a page that never ends and says so", async () => {
    const place = await open({ pageBytes: 50_000 });
    const text = textOf(await place.call("web.fetch", { url: `${place.base}/endless` }));
    expect(text).toContain("again and again");
    expect(text).toMatch(/\[only the first 50 KB were read; maxBytes may be up to 16777216\]$/);
  });

  it("reads as many bytes as the call asks for, up to the most that is allowed", async () => {
    const place = await open({ mostPageBytes: 200 });
    const read = async (maxBytes: number): Promise<string> => textOf(await place.call("web.fetch", { url: `${place.base}/long`, maxBytes }));
    expect(await read(15)).toContain("\n\n012345678901234\n\n[only the first 15 B were read;");
    expect(await read(5_000)).toContain("[only the first 200 B were read;");
  });

  it("cuts the text at its own limit", async () => {
    const place = await open({ textCharacters: 25 });
    expect(textOf(await place.call("web.fetch", { url: `${place.base}/long` }))).toMatch(/\n\n0123456789012345678901234\n\n\[the text was cut after 25 characters\]$/);
  });

  it("gives what came of a page that broke off", async () => {
    const place = await open();
    expect(textOf(await place.call("web.fetch", { url: `${place.base}/torn` }))).toMatch(/the first words\n\n\[only the first 15 B came: the connection broke off\]$/);
  });

  it("gives what came of a page until its time was up", async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("slow words")),
      pull: () => Promise.reject(new OmniError("egress.timeout", "too long")),
    });
    const host = createFakeHost({ egress: { fetch: async () => new Response(body, { headers: { "content-type": "text/plain" } }), configured: () => fetch } });
    const tool = createWebTool(webToolOptions.parse({}), host).tools()[0];
    const result = await tool?.execute({ url: "https://slow.example/" }, createToolContext());
    expect(JSON.stringify(result?.content)).toContain("[only the first 10 B came: the time was up]");
  });

  it("lets a refusal of the host through", async () => {
    const host = createFakeHost({ egress: { fetch: () => Promise.reject(new OmniError("egress.refused", "private")), configured: () => fetch } });
    const tool = createWebTool(webToolOptions.parse({}), host).tools()[0];
    await expect(tool?.execute({ url: "http://10.0.0.1/" }, createToolContext())).rejects.toMatchObject({ code: "egress.refused" });
  });

  it("stops with its signal while a page comes", async () => {
    const place = await open();
    const controller = new AbortController();
    const outcome = place.call("web.fetch", { url: `${place.base}/endless`, maxBytes: 16_777_216 }, { signal: controller.signal });
    controller.abort(new Error("stopped"));
    await expect(outcome).rejects.toThrow("stopped");
  });

  it.each(["", "file:///etc/passwd", "javascript:alert(1)", "ftp://a.example/", "not an address", "http://"])("refuses %j without a fetch", async (url) => {
    const place = await open();
    const result = await place.call("web.fetch", { url });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain("is no address of the web");
    expect(place.sent).toEqual([]);
  });

  it("names the host of its address, and none where there is none", async () => {
    const { tool } = await open();
    const hostsOf = (url: string): readonly string[] | undefined => tool("web.fetch").action?.({ url }).hosts;
    expect(hostsOf("https://A.example:8443/x")).toEqual(["a.example"]);
    expect(hostsOf("a.example/x")).toEqual(["a.example"]);
    expect(hostsOf("http://[::1]/")).toEqual(["[::1]"]);
    expect(hostsOf("file:///etc/passwd")).toEqual([]);
    expect(tool("web.fetch").action?.({ url: 3 })).toEqual({ kind: "read-open", hosts: [] });
  });
});
