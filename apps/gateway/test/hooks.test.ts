import { describe, expect, it } from "vitest";
import type { Channel, WebhookRequest, WebhookResponse } from "@omni/core";
import { OmniError } from "@omni/core";
import type { RecordingPlatform } from "@omni/testkit/fakes";
import { createManualClock, createRecordingChannel, createRecordingPlatform, createRecordingWebhookChannel, createRecordingWebhookPlace } from "@omni/testkit/fakes";
import type { Ask, OpenGateway, OpenRuntimeOptions } from "./support/open-gateway.ts";
import type { GatewayOptions } from "../src/create-gateway.ts";
import type { Listening } from "./support/open-listening.ts";
import { createWebhookGuard } from "../src/webhook-guard.ts";
import { openGateway, until } from "./support/open-gateway.ts";
import { openListening } from "./support/open-listening.ts";
import { statusOf } from "./support/raw-connection.ts";

type Options = OpenRuntimeOptions & { readonly gateway?: Partial<GatewayOptions> };

interface OpenHook {
  readonly gateway: OpenGateway;
  readonly platform: RecordingPlatform;
  /** Sends a request as the platform writes it; gives the answer. */
  deliver(request: WebhookRequest, more?: Ask, line?: string): Promise<Response>;
}

const signer = createRecordingWebhookPlace().webhook;
const toBody = (id: string, text = `words of ${id}`): Uint8Array => signer.bodyOf({ id, text, conversation: "hall", sender: { id: "p1", name: "Ada" }, at: 1_700_000_000_000 });
const good = (id: string, text?: string): WebhookRequest => signer.request(toBody(id, text), "good");

/** A gateway whose channel receives. */
async function openHook(options: Options = {}): Promise<OpenHook> {
  const platform = createRecordingPlatform();
  const gateway = await openGateway({ channel: createRecordingWebhookChannel(platform), ...options });
  return { platform, ...(await toHook(gateway)) };
}

async function toHook<Opened extends OpenGateway>(gateway: Opened): Promise<{ readonly gateway: Opened; readonly deliver: OpenHook["deliver"] }> {
  gateway.runtime.startChannels();
  await until(() => gateway.runtime.channels()[0]?.state === "receiving");
  const deliver: OpenHook["deliver"] = ({ headers, body }, more = {}, line = "POST /hooks/rooms") => gateway.ask(line, { token: "", raw: Uint8Array.from(body), ...more, headers: { ...Object.fromEntries(headers), ...more.headers } });
  return { gateway, deliver };
}

/** A channel that answers its platform with this. */
function answering(receive: NonNullable<Channel["receive"]>): Channel {
  return { ...createRecordingChannel(), receive };
}

const texts = ({ shown }: RecordingPlatform): readonly string[] => shown.map(({ message }) => message.text);

describe("a signed request to /hooks/CHANNEL", () => {
  it("is a turn whose answer is brought to the conversation", async () => {
    const { deliver, platform, gateway } = await openHook();
    const response = await deliver(good("m1", "hello"));
    expect([response.status, await response.text(), response.headers.get("cache-control")]).toEqual([204, "", "no-store"]);
    await until(() => platform.shown.length === 1);
    expect(platform.shown.map(({ message }) => message)).toMatchObject([{ conversation: "hall", text: "You said: hello" }]);
    expect(await gateway.runtime.store.sessions({ limit: 10 })).toMatchObject([{ sessionId: "rooms:hall" }]);
  });

  it("is answered with success when it comes again, and stays one turn", async () => {
    const { deliver, platform, gateway } = await openHook();
    for (let time = 0; time < 3; time += 1) expect((await deliver(good("m1"))).status).toBe(204);
    expect((await deliver(good("m2"))).status).toBe(204);
    await until(() => platform.shown.length === 2);
    await gateway.host.clock.advance(60_000);
    expect(texts(platform)).toEqual(["You said: words of m1", "You said: words of m2"]);
  });

  it("needs no token, and a token helps nobody", async () => {
    const { deliver, gateway } = await openHook();
    const body = toBody("m1");
    expect((await deliver(signer.request(body, "unsigned"), { token: await gateway.tokenFor("admin", "chat") })).status).toBe(401);
    expect((await deliver(signer.request(body, "unsigned"), { transport: "socket" })).status).toBe(401);
    expect((await deliver(signer.request(body, "good"), { transport: "socket" })).status).toBe(204);
  });

  it("is 401 and no turn where the signature is missing, wrong or too old, or the body is not the one that was signed; nobody is told which", async () => {
    const { deliver, platform, gateway } = await openHook();
    const body = toBody("m1");
    const requests = [signer.request(body, "unsigned"), signer.request(body, "forged"), signer.request(body, "stale"), { ...signer.request(body, "good"), body: toBody("m1", "other words") }, { ...signer.request(body, "good"), body: new Uint8Array() }];
    const told = new Set<string>();
    for (const each of requests) {
      const response = await deliver(each);
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, "Signature"]);
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      told.add(`${error.code}: ${error.message}`);
    }
    expect([...told]).toEqual(["auth.missing: The signature is missing, wrong or too old."]);
    await gateway.host.clock.advance(60_000);
    expect([texts(platform), await gateway.runtime.store.sessions({ limit: 10 })]).toEqual([[], []]);
  });

  it("is 503 while the store fails, and taken once when it comes again", async () => {
    let failures = 2;
    const { deliver, platform, gateway } = await openHook({
      wrapStore: (store) => ({
        ...store,
        accept: (turn) => ((failures -= 1) === 1 ? Promise.reject(new OmniError("store.full", "no space in /home/me", { retryable: true })) : failures === 0 ? Promise.reject(new OmniError("store.failed", "broken in /home/me")) : store.accept(turn)),
      }),
    });
    for (let time = 0; time < 2; time += 1) {
      const response = await deliver(good("m1"));
      expect([response.status, response.headers.get("retry-after"), await response.text()]).toEqual([503, "1", ""]);
    }
    for (let time = 0; time < 2; time += 1) expect((await deliver(good("m1"))).status).toBe(204);
    await until(() => platform.shown.length === 1);
    await gateway.host.clock.advance(60_000);
    expect(texts(platform)).toEqual(["You said: words of m1"]);
  });

  it("is 503 while the gateway drains, and when it is closed", async () => {
    const { deliver, gateway } = await openHook();
    gateway.gateway.enter("draining");
    const draining = gateway.runtime.drain(1_000);
    const response = await deliver(good("m1"));
    expect([response.status, response.headers.get("retry-after"), await response.json()]).toEqual([503, "2", { error: expect.objectContaining({ code: "gateway.draining" }) }]);
    await Promise.all([draining, gateway.host.clock.advance(1_000)]);
    gateway.gateway.enter("closed");
    expect((await deliver(good("m1"))).status).toBe(503);
    expect(await gateway.runtime.store.sessions({ limit: 10 })).toEqual([]);
  });

  it("is 503 after ten seconds, and one turn when the slow message was taken after all and comes again", async () => {
    const gate = Promise.withResolvers<void>();
    let asked = 0;
    const { deliver, platform, gateway } = await openHook({ wrapStore: (store) => ({ ...store, accept: async (turn) => ((asked += 1), await gate.promise, store.accept(turn)) }) });
    const pending = deliver(good("m1"));
    await until(() => asked === 1);
    await gateway.host.clock.advance(10_000);
    const response = await pending;
    expect([response.status, response.headers.get("retry-after"), await response.json()]).toEqual([503, "1", { error: { code: "channel.failed", message: "A channel could not be started, or could not take or bring a message.", requestId: expect.any(String) } }]);
    gate.resolve();
    expect((await deliver(good("m1"))).status).toBe(204);
    await until(() => platform.shown.length === 1);
    await gateway.host.clock.advance(60_000);
    expect(texts(platform)).toHaveLength(1);
  });
});

describe("the channel of /hooks/CHANNEL", () => {
  it("is 404 where there is none, and nothing of the body is read", async () => {
    const { gateway } = await openHook();
    for (const name of ["other", "Rooms", "%00", "constructor", "__proto__", "..%2frooms"]) {
      let pulls = 0;
      const raw = new ReadableStream<Uint8Array>({ pull: () => void (pulls += 1) }, { highWaterMark: 0 });
      const response = await gateway.ask(`POST /hooks/${name}`, { token: "", raw });
      expect([name, response.status, pulls, await response.json()]).toEqual([name, 404, 0, { error: expect.objectContaining({ code: "request.not-found" }) }]);
    }
  });

  it("is 404 where it takes no requests", async () => {
    const { deliver } = await openHook({ channel: createRecordingChannel() });
    expect((await deliver(good("m1"))).status).toBe(404);
  });

  it("is 404 before the channels are started, and 503 while it could not be", async () => {
    const channel = { ...createRecordingWebhookChannel(), start: () => Promise.reject(new Error("no connection to 10.0.0.1")) };
    const gateway = await openGateway({ channel });
    const ask = (): Promise<Response> => gateway.ask("POST /hooks/rooms", { token: "", raw: Uint8Array.from(toBody("m1")), headers: Object.fromEntries(good("m1").headers) });
    expect((await ask()).status).toBe(404);
    gateway.runtime.startChannels();
    expect((await ask()).status).toBe(503);
    await until(() => gateway.runtime.channels()[0]?.state === "failed");
    const response = await ask();
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await response.text()).not.toContain("10.0.0.1");
  });

  it("is given the bytes, the headers, the rest of the path and the query as they came", async () => {
    const seen: WebhookRequest[] = [];
    const { gateway } = await openHook({ channel: answering(async (request) => (seen.push(request), { status: 200 })) });
    const raw = Uint8Array.from([0xff, 0x00, 0x0d, 0x0a, 0x7b]);
    await gateway.ask("POST /hooks/rooms/e%76ents?a=%20b&a=c", { token: "", raw, headers: { "X-Two": "one, two", "content-encoding": "gzip", "content-type": "text/odd" } });
    await gateway.ask("GET /hooks/rooms?hub.mode=subscribe", { token: "" });
    await gateway.ask("HEAD /hooks/rooms", { token: "" });
    expect(seen.map(({ method, path, query, body }) => [method, path, query, [...body]])).toEqual([["POST", "/e%76ents", "a=%20b&a=c", [...raw]], ["GET", "", "hub.mode=subscribe", []], ["GET", "", "", []]]);
    expect([...(seen[0]?.headers ?? [])]).toEqual(expect.arrayContaining([["x-two", "one, two"], ["content-encoding", "gzip"], ["content-type", "text/odd"]]));
  });

  it("answers its platform in its own form, but for what is the gateway's", async () => {
    const headers = { "Content-Type": "text/plain", "x-own": "1", "Set-Cookie": "a=b", "cache-control": "public", "transfer-encoding": "chunked", connection: "upgrade", "content-length": "99" };
    const { gateway } = await openHook({ channel: answering(async () => ({ status: 403, headers, body: "no" })) });
    const response = await gateway.ask("GET /hooks/rooms", { token: "" });
    expect([response.status, await response.text()]).toEqual([403, "no"]);
    expect(Object.fromEntries(["content-type", "x-own", "set-cookie", "cache-control", "transfer-encoding", "connection", "content-length"].map((name) => [name, response.headers.get(name)]))).toEqual({ "content-type": "text/plain", "x-own": "1", "set-cookie": null, "cache-control": "no-store", "transfer-encoding": null, connection: null, "content-length": null });
  });

  it("says when to come again, where the channel does not", async () => {
    const answers: WebhookResponse[] = [{ status: 503 }, { status: 503, headers: { "Retry-After": "9" } }, { status: 429 }];
    const { gateway } = await openHook({ channel: answering(async () => answers.shift() ?? { status: 200 }) });
    const told: (string | null)[] = [];
    for (let time = 0; time < 3; time += 1) told.push((await gateway.ask("GET /hooks/rooms", { token: "" })).headers.get("retry-after"));
    expect(told).toEqual(["1", "9", "1"]);
  });

  it.each([
    ["throws", () => Promise.reject(new Error("broken at /home/me"))],
    ["answers with no status", async () => ({ status: 0 })],
    ["answers with a header that is none", async () => ({ status: 200, headers: { "a b": "c" } })],
    ["answers with a body where there can be none", async () => ({ status: 204, body: "x" })],
  ])("that %s is a defect that the log knows and nobody else", async (_what, receive) => {
    const { gateway } = await openHook({ channel: answering(receive) });
    const response = await gateway.ask("POST /hooks/rooms", { token: "", raw: "{}" });
    expect([response.status, await response.json()]).toEqual([500, { error: { code: "internal", message: "A defect in Omni itself.", requestId: response.headers.get("x-request-id") } }]);
    expect(gateway.host.log.lines.findLast((line) => line.level === "error")?.fields?.["requestId"]).toBe(response.headers.get("x-request-id"));
  });

  it("takes POST and GET alone", async () => {
    const { gateway } = await openHook();
    for (const path of ["/hooks/rooms", "/hooks/rooms/events"]) {
      const response = await gateway.ask(`DELETE ${path}`, { token: "" });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, GET, HEAD"]);
    }
    for (const path of ["/hooks", "/hooks/", "/hooks/rooms/a/b"]) expect((await gateway.ask(`POST ${path}`, { token: "", raw: "{}" })).status).toBe(404);
  });
});

describe("requests whose signature does not fit", () => {
  const forged = signer.request(toBody("m1"), "forged");

  it("are 429 after a hundred from one address, and one that fits is still taken", async () => {
    const { deliver, gateway } = await openHook();
    const statuses = new Set<number>();
    for (let count = 0; count < 100; count += 1) statuses.add((await deliver(forged)).status);
    expect([...statuses]).toEqual([401]);
    const refused = await deliver(forged);
    expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toEqual([429, "1", { error: expect.objectContaining({ code: "request.too-many" }) }]);
    expect((await deliver(good("m1"))).status).toBe(204);
    await gateway.host.clock.advance(1_000);
    expect((await deliver(forged)).status).toBe(401);
  });

  it("are counted, and are one line of the log a minute", async () => {
    const { deliver, gateway } = await openHook();
    const lines = (): number => gateway.host.log.lines.filter(({ message }) => message.includes("signature")).length;
    for (let count = 0; count < 101; count += 1) await deliver(forged);
    expect(lines()).toBe(1);
    await gateway.host.clock.advance(60_000);
    await deliver(forged);
    expect(lines()).toBe(2);
    const metrics = await (await gateway.ask("GET /metrics")).text();
    expect(metrics).toContain('omni_http_refused_total{reason="signature"} 101');
    expect(metrics).toContain('omni_http_refused_total{reason="rate"} 1');
    expect(metrics).toContain('omni_http_requests_total{method="POST",route="/hooks/:channel",status="401"} 101');
  });
});

describe("Host and Origin of a request to /hooks", () => {
  it("are those of every route: a tunnel's name must be told to the gateway, and no page of a stranger gets through", async () => {
    const { deliver } = await openHook({ gateway: { hosts: ["hooks.example"] } });
    const status = async (headers: Record<string, string>): Promise<number> => (await deliver(good("m1"), { headers })).status;
    expect([await status({ host: "hooks.example" }), await status({ host: "other.example" }), await status({ host: "hooks.example", origin: "https://evil.example" })]).toEqual([204, 403, 403]);
  });
});

describe("bodies of requests to /hooks", () => {
  const open = async (): Promise<{ readonly gateway: Listening; readonly platform: RecordingPlatform }> => {
    const platform = createRecordingPlatform();
    const gateway = await openListening({ channel: createRecordingWebhookChannel(platform) });
    return { platform, ...(await toHook(gateway)) };
  };
  const head = ({ port }: Listening, ...headers: readonly string[]): string => ["POST /hooks/rooms HTTP/1.1", `Host: 127.0.0.1:${port}`, ...headers, "", ""].join("\r\n");
  const signed = ({ headers }: WebhookRequest): readonly string[] => [...headers].map(([name, value]) => `${name}: ${value}`);

  it("are taken over a real connection, whole and in chunks", async () => {
    const { gateway, platform } = await open();
    const [whole, chunked] = [good("m1"), good("m2")];
    const response = await fetch(`${gateway.url}/hooks/rooms`, { method: "POST", headers: Object.fromEntries(whole.headers), body: Uint8Array.from(whole.body) });
    expect(response.status).toBe(204);
    const connection = gateway.raw();
    connection.send(head(gateway, ...signed(chunked), "Transfer-Encoding: chunked", "Connection: close"));
    for (const byte of chunked.body) connection.send(`1\r\n${String.fromCharCode(byte)}\r\n`);
    connection.send("0\r\n\r\n");
    expect(statusOf(await connection.ended)).toBe(204);
    await until(() => platform.shown.length === 2);
  });

  it("are 413 beyond the limit, whether they say so or not", async () => {
    const { gateway, platform } = await open();
    const huge = good("m1", "x".repeat(5_000));
    const response = await fetch(`${gateway.url}/hooks/rooms`, { method: "POST", headers: Object.fromEntries(huge.headers), body: Uint8Array.from(huge.body) });
    expect(response.status).toBe(413);
    const connection = gateway.raw();
    connection.send(head(gateway, ...signed(huge), "Transfer-Encoding: chunked"));
    connection.send(`1388\r\n${"x".repeat(5_000)}\r\n`);
    expect(statusOf(await connection.until("\r\n\r\n"))).toBe(413);
    expect(platform.shown).toEqual([]);
  });

  it("are 408 after ten seconds, and the connection ends", async () => {
    const { gateway } = await open();
    const slow = good("m1");
    const connection = gateway.raw();
    const timers = gateway.host.clock.pending;
    connection.send(head(gateway, ...signed(slow), `Content-Length: ${slow.body.length}`) + "{");
    await until(() => gateway.host.clock.pending > timers);
    await gateway.host.clock.advance(9_999);
    await gateway.host.clock.advance(1);
    const answer = await connection.ended;
    expect([statusOf(answer), answer.includes("request.invalid")]).toEqual([408, true]);
  });

  it("that end early harm nobody", async () => {
    const { gateway } = await open();
    const connection = gateway.raw();
    const timers = gateway.host.clock.pending;
    connection.send(head(gateway, ...signed(good("m1")), "Content-Length: 999") + "{");
    await until(() => gateway.host.clock.pending > timers);
    connection.socket.destroy();
    await until(() => gateway.host.clock.pending === timers);
    const next = good("m2");
    expect((await fetch(`${gateway.url}/hooks/rooms`, { method: "POST", headers: Object.fromEntries(next.headers), body: Uint8Array.from(next.body) })).status).toBe(204);
    expect(gateway.host.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("the guard of bodies", () => {
  const maxBytes = 8_388_608;

  /** A body that stays open. */
  function openBody(guard: ReturnType<typeof createWebhookGuard>) {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, { highWaterMark: 1 });
    const writer = writable.getWriter();
    const outcome = guard.read(new Request("http://localhost/", { method: "POST", body: readable, duplex: "half" }), maxBytes).then(
      (bytes) => bytes.length,
      (error: { code?: string }) => error.code ?? "other",
    );
    return { outcome, write: (length: number) => writer.write(new Uint8Array(length)).catch(() => undefined), end: () => writer.close().catch(() => undefined) };
  }

  it("gives up what began first when more than 32 MiB are on their way", async () => {
    const guard = createWebhookGuard(createManualClock());
    const slow = Array.from({ length: 4 }, () => openBody(guard));
    for (const body of slow) await body.write(maxBytes);
    const late = openBody(guard);
    await late.write(1_000);
    await late.end();
    expect(await late.outcome).toBe(1_000);
    expect(await slow[0]?.outcome).toBe("request.too-many");
    for (const body of slow.slice(1)) await body.end();
    expect(await Promise.all(slow.slice(1).map(({ outcome }) => outcome))).toEqual([maxBytes, maxBytes, maxBytes]);
    // What has ended takes no room.
    const again = Array.from({ length: 4 }, () => openBody(guard));
    for (const body of again) await body.write(maxBytes).then(body.end);
    expect(await Promise.all(again.map(({ outcome }) => outcome))).toEqual([maxBytes, maxBytes, maxBytes, maxBytes]);
  });
});

