import type { EgressOptions, JsonObject } from "@omni/core";
import { createToolContext } from "@omni/testkit";
import { createFakeHost } from "@omni/testkit/fakes";
import { afterEach, describe, expect, it } from "vitest";
import type { SearchEngine } from "../src/index.ts";
import { createWebTool, webToolOptions } from "../src/index.ts";
import type { Route, WebPlace } from "./web-place.ts";
import { emptyPage, resultsPage, riddlePage } from "./search-pages.ts";
import { openWeb, page, textOf } from "./web-place.ts";

const searxngAnswer = '{"results":[{"title":"S","url":"https://s.example/","content":"from searxng"}]}';
const braveAnswer = '{"web":{"results":[{"title":"B","url":"https://b.example/","description":"from brave"}]}}';

const duckduckgo = { use: "duckduckgo", baseUrl: "BASE" };
const searxng = { use: "searxng", baseUrl: "BASE/sx/" };
const brave = { use: "brave", apiKey: "key-1", baseUrl: "BASE" };

describe("web.search", () => {
  const places: WebPlace[] = [];
  const open = async (routes: Readonly<Record<string, Route>>, options: JsonObject, engines?: readonly SearchEngine[]): Promise<WebPlace> => {
    const place = await openWeb(routes, options, engines);
    places.push(place);
    return place;
  };
  afterEach(async () => {
    for (const place of places.splice(0)) await place.close();
  });

  it("gives numbered results, for people and for programs", async () => {
    const place = await open({ "/html/": page("text/html", resultsPage) }, { engines: [duckduckgo] });
    const result = await place.call("web.search", { query: "  the  harbour & light? " });
    expect(result.isError).toBeUndefined();
    expect(textOf(result)).toBe(
      'Results of duckduckgo for "the harbour & light?":\n\n1. The harbour & its light\n   https://coast.example/harbour?a=1&b=2\n   Rebuilt after the storm, by many.\n\n2. Plans\n   http://plans.example/\n\n3. Direct\n   https://direct.example/\n   Without a detour',
    );
    expect(result.structuredContent).toMatchObject({ engine: "duckduckgo", results: [{ url: "https://coast.example/harbour?a=1&b=2" }, { title: "Plans" }, {}] });
    expect(new URL(place.sent[0]?.url ?? "").searchParams.get("q")).toBe("the harbour & light?");
  });

  it("keeps to the limit", async () => {
    const place = await open({ "/html/": page("text/html", resultsPage) }, { engines: [duckduckgo], results: 2 });
    expect(textOf(await place.call("web.search", { query: "x", limit: 1 }))).not.toContain("2. ");
    const byDefault = textOf(await place.call("web.search", { query: "x" }));
    expect(byDefault).toContain("2. ");
    expect(byDefault).not.toContain("3. ");
  });

  it.each([
    ["is slowed down by a riddle", page("text/html", riddlePage, 202)],
    ["is slowed down by a status", page("text/html", "", 429)],
    ["fails", page("text/html", "", 503)],
    ["is not understood", page("text/html", "<p>Welcome to the hotel's network")],
    ["cuts the connection", (response) => void response.destroy()],
    ["finds nothing", page("text/html", emptyPage)],
  ] satisfies readonly (readonly [string, Route])[])("asks the next engine when one %s", async (_name, route) => {
    const place = await open({ "/html/": route, "/sx/search": page("application/json", searxngAnswer) }, { engines: [duckduckgo, searxng] });
    expect(textOf(await place.call("web.search", { query: "x" }))).toContain("Results of searxng");
    expect(place.sent.map(({ url }) => new URL(url).pathname)).toEqual(["/html/", "/sx/search"]);
  });

  it("says of every engine why it failed", async () => {
    const place = await open({ "/html/": page("text/html", riddlePage, 202), "/sx/search": page("text/html", "", 403), "/res/v1/web/search": page("application/json", "{}", 401) }, { engines: [duckduckgo, searxng, brave] });
    const result = await place.call("web.search", { query: "x" });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toMatch(/duckduckgo asks to slow down .*; searxng refuses JSON \(403\); add json .*; brave refuses the key or the question \(401\)/);
  });

  it("says that nothing was found, which is no error", async () => {
    const place = await open({ "/html/": page("text/html", emptyPage), "/sx/search": page("text/html", "", 500) }, { engines: [duckduckgo, searxng] });
    const result = await place.call("web.search", { query: "x" });
    expect(result.isError).toBeUndefined();
    expect(textOf(result)).toContain('Nothing was found for "x" (duckduckgo)');
  });

  it("sends the key of brave in its header only, and makes it known as a secret", async () => {
        const place = await open({ "/res/v1/web/search": page("application/json", braveAnswer) }, { engines: [brave] });
    expect(textOf(await place.call("web.search", { query: "x", limit: 3 }))).toContain("1. B\n   https://b.example/\n   from brave");
    expect(place.sent[0]?.headers.get("x-subscription-token")).toBe("key-1");
    expect(place.sent[0]?.url).toBe(`${place.base}/res/v1/web/search?q=x&count=3`);
    const known: string[] = [];
    const secrets = { ...place.host.secrets, register: (value: string) => void known.push(value) };
    createWebTool(webToolOptions.parse({ engines: [{ use: "brave", apiKey: "key-2" }] }), createFakeHost({ secrets }));
    expect(known).toEqual(["key-2"]);
  });

  it("goes to an address of the owner as configured, and to a built-in one as the open world", async () => {
    const asked: { host: string; configured: unknown }[] = [];
    const refuse = async (url: string | URL, _init?: RequestInit, limits?: EgressOptions): Promise<Response> => {
      asked.push({ host: new URL(url).host, configured: limits?.configured });
      return new Response("", { status: 500 });
    };
    const host = createFakeHost({ egress: { fetch: refuse, configured: () => fetch } });
    const search = createWebTool(webToolOptions.parse({ engines: ["duckduckgo", { use: "searxng", baseUrl: "http://127.0.0.1:8888" }, { use: "brave", apiKey: "k" }] }), host).tools()[1];
    await search?.execute({ query: "x" }, createToolContext());
    expect(asked).toEqual([
      { host: "html.duckduckgo.com", configured: false },
      { host: "127.0.0.1:8888", configured: true },
      { host: "api.search.brave.com", configured: false },
    ]);
    // A private address would be refused to every call, so those the owner wrote are not named.
    expect(search?.action?.({ query: "x" })).toEqual({ kind: "read-open", hosts: ["html.duckduckgo.com", "api.search.brave.com"] });
  });

  it("takes engines of a program", async () => {
    const mine: SearchEngine = { name: "mine", host: "mine.example", search: async (query, limit) => Array.from({ length: limit + 5 }, (_, index) => ({ title: `${query} ${index}`, url: `https://mine.example/${index}`, snippet: "" })) };
    const place = await open({}, {}, [mine]);
    expect(textOf(await place.call("web.search", { query: "q", limit: 2 }))).toBe('Results of mine for "q":\n\n1. q 0\n   https://mine.example/0\n\n2. q 1\n   https://mine.example/1');
    expect(place.tool("web.search").action?.({ query: "q" })).toEqual({ kind: "read-open", hosts: ["mine.example"] });
  });

  it("asks no further engine once it is stopped", async () => {
    const controller = new AbortController();
    const stop: Route = () => controller.abort(new Error("stopped"));
    const place = await open({ "/html/": stop, "/sx/search": page("application/json", searxngAnswer) }, { engines: [duckduckgo, searxng] });
    await expect(place.call("web.search", { query: "x" }, { signal: controller.signal })).rejects.toThrow("stopped");
    expect(place.sent).toHaveLength(1);
  });

  it("says of a search that was stopped that it was stopped, and not that it failed", async () => {
    const controller = new AbortController();
    const place = await open({ "/html/": () => controller.abort(new Error("stopped")) }, { engines: [duckduckgo] });
    await expect(place.call("web.search", { query: "x" }, { signal: controller.signal })).rejects.toThrow("stopped");
  });

  it("refuses a query without words", async () => {
    const place = await open({}, {});
    expect((await place.call("web.search", { query: "  " })).isError).toBe(true);
    expect(place.sent).toEqual([]);
  });
});
