import { describe, expect, it } from "vitest";
import type { Hop } from "../../src/host/open-fetch.ts";
import { toNextHop } from "../../src/host/open-fetch.ts";

const hop: Hop = { url: new URL("https://r.public.test/a"), method: "POST", headers: new Headers({ authorization: "secret", "content-type": "text/plain", accept: "*/*" }), body: new Uint8Array([1]) };

describe("the next hop", () => {
  it("SS-128 never goes from https to http", () => {
    expect(() => toNextHop({ ...hop, body: undefined }, "http://r.public.test/b", 301)).toThrow("https to http");
  });

  it("goes from http to https without what says who asks", () => {
    const next = toNextHop({ ...hop, url: new URL("http://r.public.test/a"), body: undefined, method: "GET" }, "https://r.public.test/b", 301);
    expect([...next.headers.keys()]).toEqual(["accept"]);
  });

  it("drops the body with its description when it becomes a GET", () => {
    const next = toNextHop(hop, "/b", 303);
    expect([next.method, next.body, next.headers.get("content-type"), next.headers.get("authorization")]).toEqual(["GET", undefined, null, "secret"]);
  });

  it("is refused when it is no URL", () => {
    expect(() => toNextHop(hop, "http://[", 302)).toThrow("no URL");
  });
});
