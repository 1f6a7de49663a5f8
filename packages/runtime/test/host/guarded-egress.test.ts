import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { createManualClock } from "@omni/testkit/fakes";
import { afterEach, describe, expect, it } from "vitest";
import type { Egress } from "@omni/core";
import { isOmniError } from "@omni/core";
import { createGuardedEgress } from "../../src/host/guarded-egress.ts";
import { createSystemClock } from "../../src/host/system-clock.ts";
import { egressCases } from "./egress-cases.ts";
import { isGlobalAddress } from "../../src/host/address-class.ts";
import { toOpenTarget } from "../../src/host/egress-target.ts";

/** Stands for an address of the open internet; everything else of this machine stays closed. */
const publicAddress = "127.0.0.2";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface World {
  readonly egress: Egress;
  readonly port: number;
  /** What the server was asked, in order. */
  readonly requests: { readonly host: string; readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, unknown>>; readonly body: string }[];
  /** Names that were resolved, in order. */
  readonly resolved: string[];
}

type Answer = (response: ServerResponse, request: IncomingMessage, port: number) => void;

async function createWorld(answers: Readonly<Record<string, Answer>> = {}, names: Readonly<Record<string, readonly string[]>> = {}, clock = createSystemClock()): Promise<World> {
  const requests: World["requests"] = [];
  const resolved: string[] = [];
  const server = createServer((request, response) => void serve(request, response));
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const path = request.url ?? "";
    requests.push({ host: request.headers.host ?? "", method: request.method ?? "", path, headers: request.headers, body: Buffer.concat(chunks).toString() });
    (answers[path] ?? ((answer) => answer.end("plain")))(response, request, port);
  };
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const resolve = async (host: string): Promise<readonly string[]> => {
    resolved.push(host);
    const found = names[host] ?? (host.endsWith(".public.test") ? [publicAddress] : undefined);
    if (found === undefined) throw new Error("ENOTFOUND");
    return found;
  };
  const egress = createGuardedEgress({ clock, resolve, isAllowed: (each) => each === publicAddress || isGlobalAddress(each) });
  return { egress, port, requests, resolved };
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  return isOmniError(error) ? error.code : `not Omni's own: ${String(error)}`;
}

const redirectTo = (status: number, location: string): Answer => (response) => void response.writeHead(status, { location }).end();

describe("an address as it stands", () => {
  for (const { id, url, isAllowed, why } of egressCases) {
    it(`${id} ${why}: ${isAllowed ? "allowed" : "refused before anything is asked"}`, async () => {
      const resolved: string[] = [];
      const resolve = async (host: string): Promise<readonly string[]> => {
        resolved.push(host);
        return ["93.184.216.34"];
      };
      if (isAllowed) {
        expect((await toOpenTarget(url, resolve)).addresses).toHaveLength(1);
      } else {
        const egress = createGuardedEgress({ clock: createManualClock(), resolve });
        expect(await codeOf(egress.fetch(url))).toBe("egress.refused");
        expect(resolved).toEqual([]);
      }
    });
  }
});

describe("an address by what its name resolves to", () => {
  it("SS-119 is refused when that is this machine", async () => {
    const { egress, port, requests } = await createWorld({}, { "a.public.test": ["127.0.0.1"] });
    expect(await codeOf(egress.fetch(`http://a.public.test:${port}/`))).toBe("egress.refused");
    expect(requests).toEqual([]);
  });

  it("SS-122 is refused when that is carried in IPv6", async () => {
    const { egress, port } = await createWorld({}, { "d.public.test": ["::ffff:169.254.169.254"] });
    expect(await codeOf(egress.fetch(`http://d.public.test:${port}/`))).toBe("egress.refused");
  });

  it("SS-133 is refused for wildcard names", async () => {
    const { egress, port } = await createWorld({}, { "127.0.0.1.nip.io": ["127.0.0.1"] });
    expect(await codeOf(egress.fetch(`http://127.0.0.1.nip.io:${port}/`))).toBe("egress.refused");
  });

  it("is refused when one of several is closed", async () => {
    const { egress, port, requests } = await createWorld({}, { "b.public.test": [publicAddress, "10.0.0.1"] });
    expect(await codeOf(egress.fetch(`http://b.public.test:${port}/`))).toBe("egress.refused");
    expect(requests).toEqual([]);
  });

  it("SS-124 is resolved once a hop, and connected to what was judged", async () => {
    const { egress, port, requests, resolved } = await createWorld();
    expect(await (await egress.fetch(`http://once.public.test:${port}/`)).text()).toBe("plain");
    expect(resolved).toEqual(["once.public.test"]);
    expect(requests[0]?.host).toBe(`once.public.test:${port}`);
  });

  it("fails in words when nobody knows the name", async () => {
    const { egress } = await createWorld();
    expect(await codeOf(egress.fetch("http://unknown.elsewhere.org/"))).toBe("egress.failed");
  });

  it("SS-138 is reached without a proxy of the environment", async () => {
    const { egress, port } = await createWorld();
    const before = process.env["HTTP_PROXY"];
    process.env["HTTP_PROXY"] = "http://127.0.0.1:9";
    try {
      expect((await egress.fetch(`http://proxy.public.test:${port}/`)).status).toBe(200);
    } finally {
      if (before === undefined) delete process.env["HTTP_PROXY"];
      else process.env["HTTP_PROXY"] = before;
    }
  });
});

describe("a redirect", () => {
  it("SS-125 to this machine is refused", async () => {
    const { egress, port, requests } = await createWorld({ "/start": (response, _request, own) => void response.writeHead(302, { location: `http://127.0.0.1:${own}/inside` }).end() });
    expect(await codeOf(egress.fetch(`http://r.public.test:${port}/start`))).toBe("egress.refused");
    expect(requests.map((request) => request.path)).toEqual(["/start"]);
  });

  it("SS-129 to another origin leaves behind who asks", async () => {
    const { egress, port, requests } = await createWorld({ "/start": (response, _request, own) => void response.writeHead(302, { location: `http://other.public.test:${own}/end` }).end() });
    const response = await egress.fetch(`http://r.public.test:${port}/start`, { headers: { authorization: "Bearer secret", cookie: "a=b", "x-api-key": "secret", accept: "text/plain" } });
    expect([await response.text(), response.redirected, response.url]).toEqual(["plain", true, `http://other.public.test:${port}/end`]);
    expect(requests[0]?.headers["authorization"]).toBe("Bearer secret");
    expect(JSON.stringify(requests[1]?.headers)).not.toContain("secret");
    expect(requests[1]?.headers).not.toHaveProperty("cookie");
    expect(requests[1]?.headers["accept"]).toBe("text/plain");
  });

  it("within an origin keeps them", async () => {
    const { egress, port, requests } = await createWorld({ "/start": redirectTo(302, "/end") });
    await egress.fetch(`http://r.public.test:${port}/start`, { headers: { authorization: "Bearer secret" } });
    expect(requests[1]?.headers["authorization"]).toBe("Bearer secret");
  });

  it("turns a POST into a GET, unless it says not to", async () => {
    const { egress, port, requests } = await createWorld({ "/302": redirectTo(302, "/end"), "/307": redirectTo(307, "/end") });
    for (const path of ["/302", "/307"]) await egress.fetch(`http://r.public.test:${port}${path}`, { method: "POST", body: "content" });
    expect(requests.map(({ method, body }) => `${method} ${body}`)).toEqual(["POST content", "GET ", "POST content", "POST content"]);
  });

  it("does not carry a body to another origin", async () => {
    const { egress, port } = await createWorld({ "/307": (response, _request, own) => void response.writeHead(307, { location: `http://other.public.test:${own}/` }).end() });
    expect(await codeOf(egress.fetch(`http://r.public.test:${port}/307`, { method: "POST", body: "content" }))).toBe("egress.refused");
  });

  it("is followed five times and no more", async () => {
    const { egress, port, requests } = await createWorld({ "/loop": redirectTo(302, "/loop") });
    expect(await codeOf(egress.fetch(`http://r.public.test:${port}/loop`))).toBe("egress.failed");
    expect(requests).toHaveLength(6);
  });

  it("is shown as it is, or refused, where the caller says so", async () => {
    const { egress, port } = await createWorld({ "/start": redirectTo(302, "/end") });
    expect((await egress.fetch(`http://r.public.test:${port}/start`, { redirect: "manual" })).status).toBe(302);
    expect(await codeOf(egress.fetch(`http://r.public.test:${port}/start`, { redirect: "error" }))).toBe("egress.refused");
  });

  it("is followed within the host where only that was judged, and is the answer where it leads to another", async () => {
    const { egress, port, requests, resolved } = await createWorld({
      "/start": (response, _request, own) => void response.writeHead(302, { location: `http://R.public.test:${own}/away` }).end(),
      "/away": (response, _request, own) => void response.writeHead(302, { location: `http://www.r.public.test:${own}/?d=secret` }).end("moved"),
    });
    const response = await egress.fetch(`http://r.public.test:${port}/start`, {}, { withinHost: true });
    expect([response.status, response.url, response.headers.get("location"), await response.text()]).toEqual([302, `http://r.public.test:${port}/away`, `http://www.r.public.test:${port}/?d=secret`, "moved"]);
    expect(requests.map(({ path }) => path)).toEqual(["/start", "/away"]);
    expect(resolved).toEqual(["r.public.test", "r.public.test"]);
  });

  it("within the host is bounded as every other is", async () => {
    const { egress, port, requests } = await createWorld({ "/loop": redirectTo(302, "/loop"), "/scheme": redirectTo(302, "file:///etc/passwd"), "/away": redirectTo(302, "http://other.public.test/") });
    expect(await codeOf(egress.fetch(`http://r.public.test:${port}/loop`, {}, { withinHost: true }))).toBe("egress.failed");
    expect(requests).toHaveLength(6);
    expect(await codeOf(egress.fetch(`http://r.public.test:${port}/scheme`, {}, { withinHost: true }))).toBe("egress.refused");
    expect(await codeOf(egress.fetch(`http://r.public.test:${port}/away`, { redirect: "error" }, { withinHost: true }))).toBe("egress.refused");
  });

  it("to another scheme is refused", async () => {
    const { egress, port } = await createWorld({ "/start": redirectTo(302, "file:///etc/passwd") });
    expect(await codeOf(egress.fetch(`http://r.public.test:${port}/start`))).toBe("egress.refused");
  });

  it("SS-130 SS-131 that is none in HTTP is not followed", async () => {
    const page = '<meta http-equiv="refresh" content="0;url=http://127.0.0.1/">';
    const { egress, port, requests } = await createWorld({ "/meta": (response) => void response.end(page), "/header": (response) => void response.writeHead(200, { refresh: "0;url=http://127.0.0.1/" }).end() });
    expect(await (await egress.fetch(`http://r.public.test:${port}/meta`)).text()).toBe(page);
    await egress.fetch(`http://r.public.test:${port}/header`);
    expect(requests).toHaveLength(2);
  });
});

describe("limits", () => {
  it("SS-137 end a server that never answers", async () => {
    const clock = createManualClock();
    let isAsked: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    const { egress, port } = await createWorld({ "/hang": () => isAsked() }, {}, clock);
    const fetched = codeOf(egress.fetch(`http://hang.public.test:${port}/hang`, {}, { timeoutMs: 1_000 }));
    await asked;
    await clock.advance(1_000);
    expect(await fetched).toBe("egress.timeout");
  });

  it("end a name server that never answers", async () => {
    const clock = createManualClock();
    const egress = createGuardedEgress({ clock, resolve: () => new Promise(() => undefined) });
    const fetched = codeOf(egress.fetch("https://silent.public.test/", {}, { timeoutMs: 1_000 }));
    await clock.advance(1_000);
    expect(await fetched).toBe("egress.timeout");
    expect(clock.pending).toBe(0);
  });

  it("end a name server that never answers at a later hop", async () => {
    const clock = createManualClock();
    const asked = Promise.withResolvers<void>();
    const { port } = await createWorld({ "/start": redirectTo(302, "http://silent.public.test/") });
    const resolve = (host: string): Promise<readonly string[]> => {
      if (host !== "silent.public.test") return Promise.resolve([publicAddress]);
      asked.resolve();
      return new Promise(() => undefined);
    };
    const egress = createGuardedEgress({ clock, resolve, isAllowed: (each) => each === publicAddress });
    const fetched = codeOf(egress.fetch(`http://r.public.test:${port}/start`, {}, { timeoutMs: 1_000 }));
    await asked.promise;
    await clock.advance(1_000);
    expect(await fetched).toBe("egress.timeout");
  });

  it("leave a name that the caller gave up", async () => {
    const controller = new AbortController();
    const signals: (AbortSignal | undefined)[] = [];
    const resolve = (_host: string, signal?: AbortSignal): Promise<readonly string[]> => {
      signals.push(signal);
      controller.abort(new DOMException("stopped by the caller", "AbortError"));
      return new Promise(() => undefined);
    };
    const egress = createGuardedEgress({ clock: createManualClock(), resolve });
    await expect(egress.fetch("https://silent.public.test/", { signal: controller.signal })).rejects.toThrow("stopped by the caller");
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
    await expect(egress.fetch("https://silent.public.test/", { signal: controller.signal })).rejects.toThrow("stopped by the caller");
    expect(signals).toHaveLength(1);
  });

  it("SS-136 end a body that trickles", async () => {
    const clock = createManualClock();
    const { egress, port } = await createWorld({ "/slow": (response) => void response.write("x") }, {}, clock);
    const response = await egress.fetch(`http://slow.public.test:${port}/slow`, {}, { timeoutMs: 1_000 });
    const read = codeOf(response.text());
    await clock.advance(1_000);
    expect(await read).toBe("egress.timeout");
  });

  it("cut a body that is larger than it may be, said or not", async () => {
    const { egress, port } = await createWorld({
      "/said": (response) => void response.writeHead(200, { "content-length": "5000" }).end("x".repeat(5_000)),
      "/unsaid": (response) => {
        for (let index = 0; index < 50; index += 1) response.write("x".repeat(100));
        response.end();
      },
    });
    expect(await codeOf(egress.fetch(`http://r.public.test:${port}/said`, {}, { maxBytes: 1_000 }))).toBe("egress.too-large");
    const unsaid = await egress.fetch(`http://r.public.test:${port}/unsaid`, {}, { maxBytes: 1_000 });
    expect(await codeOf(unsaid.text())).toBe("egress.too-large");
  });

  it("count what a packed body unfolds to", async () => {
    const { egress, port } = await createWorld({
      "/bomb": (response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("0".repeat(5_000_000))),
      "/small": (response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("unfolded")),
      "/odd": (response) => void response.writeHead(200, { "content-encoding": "rot13" }).end("x"),
    });
    expect(await codeOf((await egress.fetch(`http://r.public.test:${port}/bomb`, {}, { maxBytes: 100_000 })).text())).toBe("egress.too-large");
    expect(await (await egress.fetch(`http://r.public.test:${port}/small`)).text()).toBe("unfolded");
    expect(await codeOf(egress.fetch(`http://r.public.test:${port}/odd`))).toBe("egress.failed");
  });

  it("leave the caller's own abort as it is", async () => {
    const controller = new AbortController();
    const { egress, port } = await createWorld({ "/hang": () => controller.abort(new DOMException("stopped by the caller", "AbortError")) });
    await expect(egress.fetch(`http://r.public.test:${port}/hang`, { signal: controller.signal })).rejects.toThrow("stopped by the caller");
  });
});

describe("what the owner configured", () => {
  it("may be on this machine", async () => {
    const { egress, port, requests } = await createWorld();
    expect(await (await egress.configured()(`http://127.0.0.1:${port}/v1`, { method: "POST", body: "content" })).text()).toBe("plain");
    expect(await (await egress.fetch(`http://localhost:${port}/v1`, {}, { configured: true })).text()).toBe("plain");
    expect(requests[0]?.body).toBe("content");
  });

  it("must be http or https, without credentials in it", async () => {
    const { egress } = await createWorld();
    for (const url of ["file:///etc/passwd", "data:text/plain,x", "ftp://127.0.0.1/", "http://a:b@127.0.0.1/"]) {
      expect(await codeOf(egress.configured()(url))).toBe("egress.refused");
      expect(await codeOf(egress.fetch(url, {}, { configured: true }))).toBe("egress.refused");
    }
  });

  it("is followed within its origin and not out of it", async () => {
    const { egress, port, requests } = await createWorld({ "/in": redirectTo(307, "/end"), "/out": (response, _request, own) => void response.writeHead(302, { location: `http://localhost:${own}/` }).end(), "/loop": redirectTo(302, "/loop") });
    const send = egress.configured();
    expect((await send(`http://127.0.0.1:${port}/in`, { method: "POST", body: "content", headers: { authorization: "Bearer secret" } })).status).toBe(200);
    expect(requests[1]).toMatchObject({ method: "POST", body: "content", headers: { authorization: "Bearer secret" } });
    expect(await codeOf(send(`http://127.0.0.1:${port}/out`))).toBe("egress.refused");
    expect(await codeOf(send(`http://127.0.0.1:${port}/loop`))).toBe("egress.failed");
  });

  it("is bounded where the caller says so", async () => {
    const { egress, port } = await createWorld({ "/long": (response) => void response.end("x".repeat(5_000)) });
    expect(await codeOf(egress.fetch(`http://127.0.0.1:${port}/long`, {}, { configured: true, maxBytes: 100 }))).toBe("egress.too-large");
    expect((await (await egress.fetch(`http://127.0.0.1:${port}/long`, {}, { configured: true })).text()).length).toBe(5_000);
  });

  it("fails in words when nobody listens", async () => {
    const { egress } = await createWorld();
    expect(await codeOf(egress.fetch("http://127.0.0.1:1/", {}, { configured: true }))).toBe("egress.failed");
  });
});
