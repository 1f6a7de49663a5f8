import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Gateway, Place } from "./omni-process.ts";
import { createPlace, omni, startGateway, toJson } from "./omni-process.ts";

interface RouteLine {
  readonly method: string;
  readonly path: string;
  readonly auth: string;
  readonly scopes: readonly string[];
}

const allScopes = ["read", "chat", "approve", "admin"];

let model: FakeOpenAI;
let place: Place;
let gateway: Gateway;
beforeAll(async () => {
  model = await createFakeOpenAI();
  place = await createPlace({ "a.txt": "alpha\n" }, { OPENAI_BASE_URL: model.url });
  gateway = await startGateway(place);
});
afterAll(async () => {
  await gateway.stop();
  await place.dispose();
  await model.close();
});

async function tokenFor(name: string, scopes: readonly string[]): Promise<string> {
  return toJson<{ token: string }>(await omni(place, ["tokens", "add", name, "--scopes", scopes.join(","), "--json"])).token;
}

function ask({ method, path }: RouteLine, token: string): Promise<Response> {
  const headers = { ...(token === "" ? {} : { authorization: `Bearer ${token}` }), "content-type": "application/json" };
  return fetch(new URL(path.replaceAll(/:\w+/g, "x"), gateway.url), { method, headers, ...(method === "POST" ? { body: "{}" } : {}) });
}

/** A WebSocket as a browser opens it, with what it was told. */
async function openSocket(token: string): Promise<{ readonly socket: WebSocket; readonly told: { readonly type: string; readonly [name: string]: unknown }[]; readonly closed: Promise<number> }> {
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/ws`, ["omni.v1", `omni.bearer.${token}`]);
  const told: { readonly type: string }[] = [];
  socket.addEventListener("message", ({ data }) => told.push(JSON.parse(String(data)) as { type: string }));
  const closed = new Promise<number>((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
  await once(socket, "open");
  return { socket, told, closed };
}

describe("every route that takes a token", () => {
  it("is 401 without one, 401 with a bad one, 403 with a narrower one, as the route table itself says", async () => {
    const { routes } = toJson<{ routes: readonly RouteLine[] }>(await omni(place, ["routes", "--json"]));
    const guarded = routes.filter((route) => route.auth === "bearer");
    expect(guarded.length).toBeGreaterThanOrEqual(14);
    const narrow = new Map<string, string>();
    for (const route of guarded) {
      const others = allScopes.filter((scope) => !route.scopes.includes(scope));
      const key = others.join(".");
      const token = narrow.get(key) ?? (await tokenFor(`only.${key}`, others));
      narrow.set(key, token);
      const statuses = [(await ask(route, "")).status, (await ask(route, "omni_bad")).status, (await ask(route, token)).status];
      expect([route.method, route.path, ...statuses]).toEqual([route.method, route.path, 401, 401, 403]);
    }
  });
});

describe("a conversation", () => {
  it("is the same over HTTP, a WebSocket and the OpenAI protocol", async () => {
    model.script([textReply("one"), textReply("two"), textReply("three")]);
    const token = await tokenFor("talker", ["read", "chat"]);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    await fetch(`${gateway.url}/message`, { method: "POST", headers, body: JSON.stringify({ message: "first", session_id: "same" }) });
    const { socket, told } = await openSocket(token);
    socket.send(JSON.stringify({ type: "message", message: "second", session_id: "same" }));
    while (!told.some((frame) => frame["event"] === "turn-end")) await once(socket, "message");
    socket.close();
    const chat = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify({ model: "omni", user: "same", messages: [{ role: "user", content: "first" }, { role: "assistant", content: "one" }, { role: "user", content: "third" }] }) });
    expect(((await chat.json()) as { choices: { message: { content: string } }[] }).choices[0]?.message.content).toBe("three");
    const page = (await (await fetch(`${gateway.url}/sessions/same/messages`, { headers })).json()) as { messages: { text: string }[] };
    expect(page.messages.map(({ text }) => text)).toEqual(["first", "one", "second", "two", "third", "three"]);
    expect(JSON.stringify(model.chats.at(-1)?.body)).toMatch(/first.*one.*second.*two.*third/);
    expect((await gateway.fetch("/sessions/same", { method: "DELETE" })).status).toBe(200);
    expect((await fetch(`${gateway.url}/sessions/same/messages`, { headers })).status).toBe(404);
  });
});

describe("pairing", () => {
  const pair = (code: string): Promise<Response> => fetch(`${gateway.url}/pair`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ code }) });
  const mint = async (name: string): Promise<string> => toJson<{ code: string }>(await omni(place, ["pair", name, "--json"])).code;

  it("gives a device its token while the gateway runs, once", async () => {
    const code = await mint("phone");
    const answers = await Promise.all(Array.from({ length: 50 }, () => pair(code)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 49 }, () => 403)]);
    const given = answers.find(({ status }) => status === 200) ?? Response.error();
    const { token } = (await given.json()) as { token: string };
    expect((await fetch(`${gateway.url}/asks`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect(toJson<{ tokens: { name: string; lastUsedAt?: string }[] }>(await omni(place, ["tokens", "list", "--json"])).tokens.find(({ name }) => name === "phone")?.lastUsedAt).toMatch(/Z$/);
  });

  it("is locked by five wrong codes, also for a gateway that starts anew", async () => {
    const code = await mint("tablet");
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await pair(`ZZZZZZZ${count}`)).status);
    await gateway.kill();
    gateway = await startGateway(place);
    for (let count = 3; count < 6; count += 1) statuses.push((await pair(`ZZZZZZZ${count}`)).status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
    expect([(await pair(code)).status, (await gateway.fetch("/asks")).status]).toEqual([429, 200]);
  });
});

describe("a token that is revoked by the command line", () => {
  it("ends its streams and WebSockets within a second", async () => {
    const gate = Promise.withResolvers<void>();
    model.script(() => gate.promise.then(() => textReply("late")));
    const token = await tokenFor("guest", ["read", "chat"]);
    const stream = await fetch(`${gateway.url}/message`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json", accept: "text/event-stream" }, body: '{"message":"hi"}' });
    const { told, socket, closed } = await openSocket(token);
    if (told.length === 0) await once(socket, "message");
    const ended = Promise.all([closed, stream.text()]);
    expect((await omni(place, ["tokens", "revoke", "guest"])).code).toBe(0);
    const begun = performance.now();
    const [code, text] = await ended;
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect([code, text.includes("turn-end")]).toEqual([1008, false]);
    gate.resolve();
  });
});

describe("a thousand connections that say nothing", () => {
  it("cost little, and others are served", async () => {
    const { hostname, port } = new URL(gateway.url);
    const memory = async (): Promise<number> => Number(/process_resident_memory_bytes (\d+)/.exec(await (await gateway.fetch("/metrics")).text())?.[1]);
    for (let count = 0; count < 200; count += 1) await gateway.fetch("/asks");
    const before = await memory();
    const idle = Array.from({ length: 1_000 }, () => connect({ host: hostname, port: Number(port) }));
    for (const socket of idle) {
      socket.on("error", () => undefined);
      socket.write("GET /asks HTTP/1.1\r\nHost: loc");
    }
    await Promise.all(idle.map((socket) => (socket.connecting ? once(socket, "connect") : undefined)));
    const begun = performance.now();
    for (let count = 0; count < 20; count += 1) expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect((await memory()) - before).toBeLessThan(100 * 1_048_576);
    for (const socket of idle) socket.destroy();
  });
});
