import { afterEach, describe, expect, it } from "vitest";
import type { ModelRequest, Provider } from "@omni/core";
import { createFakeHost } from "../../testkit/src/fakes/index.ts";
import type { FakeHost } from "../../testkit/src/fakes/index.ts";
import { createGuardedEgress } from "../../runtime/src/host/guarded-egress.ts";
import type { Answer, ModelsServer } from "./models-server.ts";
import { createModelsServer, hanging, listing, saying } from "./models-server.ts";
import { findEndpoint } from "../src/inferred/find-endpoint.ts";
import { inferredProviderOptions } from "../src/inferred/inferred-provider-options.ts";
import { createInferredModule } from "../src/inferred/create-inferred-module.ts";

const servers: ModelsServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(answer: Answer): Promise<ModelsServer> {
  const server = await createModelsServer(answer);
  servers.push(server);
  return server;
}

function createHost(): FakeHost {
  const base = createFakeHost();
  return { ...base, egress: createGuardedEgress({ clock: base.clock }) };
}

/** A host with a promise of the first answer that was read whole, and acted upon. */
function createWatchedHost(): readonly [FakeHost, Promise<void>] {
  const host = createHost();
  const arrived = Promise.withResolvers<void>();
  const egress: FakeHost["egress"] = {
    ...host.egress,
    async fetch(...request) {
      const response = await host.egress.fetch(...request);
      const text = await response.text();
      setImmediate(arrived.resolve);
      return new Response(text, { status: response.status });
    },
  };
  return [{ ...host, egress }, arrived.promise];
}

const never = new AbortController().signal;
const find = (addresses: readonly string[], host: FakeHost = createHost()): Promise<string | undefined> => findEndpoint(addresses, host, never);

describe("looking for an endpoint", () => {
  it("finds the list of models at the origin, and says nothing of who asks", async () => {
    const server = await start(listing("one"));
    expect(await find([`${server.origin}/mcp?key=planted`])).toBe(`${server.origin}/v1`);
    expect(server.requests.map((request) => request.line)).toEqual(["GET /v1/models"]);
    expect(JSON.stringify(server.requests)).not.toMatch(/authorization|planted|cookie/i);
  });

  it.each([
    ["a 404", saying(404, "no")],
    ["a list with another status", saying(401, '{"data":[{"id":"one"}]}')],
    ["a page", saying(200, "<!doctype html><title>Hi</title>", { "content-type": "text/html" })],
    ["JSON of another kind", saying(200, '{"ok":true}')],
    ["an empty list", listing()],
    ["models without ids", saying(200, '{"data":[{"id":""},7,null]}')],
    ["a closed connection", (_: unknown, response: Parameters<Answer>[1]) => void response.destroy()],
  ])("takes %s for none", async (_, answer) => {
    expect(await find([(await start(answer)).origin])).toBeUndefined();
  });

  it("follows a redirect within the origin and to no other", async () => {
    const other = await start(listing("other"));
    const away = await start(saying(302, "", { location: `${other.origin}/v1/models` }));
    expect(await find([away.origin])).toBeUndefined();
    expect(other.requests).toEqual([]);
    const within = await start((request, response) => (request.url === "/v1/models" ? saying(307, "", { location: "/all" }) : listing("here"))(request, response));
    expect(await find([within.origin])).toBe(`${within.origin}/v1`);
  });

  it("prefers the first that has models", async () => {
    const [first, second, third] = [await start(saying(404, "")), await start(listing("b")), await start(listing("c"))];
    expect(await find([first.origin, second.origin, third.origin])).toBe(`${second.origin}/v1`);
  });

  it("waits a second in all for those that hang, and then takes one that answered", async () => {
    const [host, arrived] = createWatchedHost();
    const [first, second, third] = [await start(hanging), await start(listing("b")), await start(hanging)];
    const found = find([first.origin, second.origin, third.origin], host);
    await Promise.all([first.requested(1), arrived, third.requested(1)]);
    await host.clock.advance(1_000);
    expect(await found).toBe(`${second.origin}/v1`);
    const none = find([first.origin, third.origin], host);
    await first.requested(2);
    await host.clock.advance(999);
    await host.clock.advance(1);
    expect(await none).toBeUndefined();
  });

  it("asks nobody without an address, and stops at once when it is called off", async () => {
    expect(await find([])).toBeUndefined();
    const server = await start(hanging);
    const asking = new AbortController();
    const found = findEndpoint([server.origin], createHost(), asking.signal);
    await server.requested(1);
    asking.abort(new Error("enough"));
    await expect(found).rejects.toThrow("enough");
  });
});

describe("the inferred provider", () => {
  const omni = createInferredModule({ found: () => import("@omni/provider-openai"), absent: () => import("@omni/provider-offline") });
  const make = async (addresses: readonly string[], host: FakeHost = createHost()): Promise<Provider> => omni.create(omni.options.parse({ addresses }), host);
  const request = (role: "user" | "tool" = "user"): ModelRequest => ({
    system: "",
    tools: [],
    messages: role === "user" ? [{ role, content: [{ type: "text", text: "Hi." }] }] : [{ role: "tool", callId: "1", name: "a.b", content: [{ type: "text", text: "done" }], isError: false }],
  });
  const run = async (provider: Provider, role?: "user" | "tool"): Promise<string> => {
    const events = [];
    for await (const event of provider.stream(request(role), never)) events.push(event);
    return events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");
  };
  const chat: Answer = (incoming, response) => {
    if (incoming.url === "/v1/models") return listing("the-model")(incoming, response);
    const chunk = (delta: object, reason: string | null) => `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", model: "the-model", choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
    response.writeHead(200, { "content-type": "text/event-stream" }).end(`${chunk({ content: "Hello." }, null)}${chunk({}, "stop")}data: [DONE]\n\n`);
  };

  it("asks nobody before it is asked, then hands over to the model that it found, for life", async () => {
    const server = await start(chat);
    const provider = await make([server.origin]);
    expect(server.requests).toEqual([]);
    expect(await provider.defaultModel(never)).toMatchObject({ id: "the-model" });
    expect(await run(provider)).toBe("Hello.");
    const looks = server.requests.length;
    expect(await run(provider)).toBe("Hello.");
    expect(server.requests.slice(looks).map((each) => each.line)).toEqual(["POST /v1/chat/completions"]);
    expect(JSON.stringify(server.requests)).not.toMatch(/authorization/i);
    await provider.close();
  });

  it("does without a model where none is found, asks once a turn, and looks again at the next", async () => {
    const server = await start(saying(404, ""));
    const provider = await make([server.origin]);
    expect(await provider.defaultModel(never)).toEqual({ id: "offline" });
    expect(await provider.models(never)).toEqual([]);
    await expect(run(provider)).rejects.toMatchObject({ code: "no-model" });
    expect(server.requests).toHaveLength(1);
    expect(await run(provider, "tool")).toContain("done");
    expect(server.requests).toHaveLength(1);
    server.answer(chat);
    expect(await run(provider)).toBe("Hello.");
    await provider.close();
  });

  it("looks again for a turn that begins long after it was asked for the model", async () => {
    const host = createHost();
    const server = await start(saying(404, ""));
    const provider = await make([server.origin], host);
    await provider.defaultModel(never);
    server.answer(chat);
    await host.clock.advance(5_000);
    expect(await run(provider)).toBe("Hello.");
    await provider.close();
  });

  it("makes one look for all that ask at the same time, and lets each go", async () => {
    const server = await start(hanging);
    const provider = await make([server.origin]);
    const leaving = new AbortController();
    const left = provider.defaultModel(leaving.signal);
    const stayed = provider.models(never);
    await server.requested(1);
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: "turn.cancelled" });
    // What was sent before this one has come before it.
    server.answer(saying(200, ""));
    await (await fetch(server.origin)).text();
    expect(server.requests.map((each) => each.line)).toEqual(["GET /v1/models", "GET /"]);
    await provider.close();
    await expect(stayed).rejects.toMatchObject({ code: "turn.cancelled" });
  });

  it("can be closed twice, and before it was used", async () => {
    const provider = await make([]);
    await provider.close();
    await provider.close();
  });

  it.each([[{ addresses: "x" }], [{ addresses: ["ftp://a"] }], [{ addresses: [7] }], [{ model: 7 }]])("refuses options that do not fit: %j", (options) => {
    expect(() => inferredProviderOptions.parse(options)).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });

  it("takes each origin once, and eight at most", () => {
    const addresses = Array.from({ length: 20 }, (_, index) => `http://127.0.0.1:${9_000 + (index >> 1)}/x`);
    expect(inferredProviderOptions.parse({ addresses }).addresses).toHaveLength(8);
    expect(inferredProviderOptions.parse(undefined)).toEqual({ addresses: [] });
  });
});
