import { createServer } from "node:http";
import type { ModelRequest } from "@omni/core";
import { OmniError } from "@omni/core";
import { createFakeHost, createManualClock } from "@omni/testkit/fakes";
import { describe, expect, it, onTestFinished } from "vitest";
import { createOpenAIProvider, defaultModelId, openAIProviderOptions } from "../src/index.ts";
import { collect, createHarness, createPromptHost, toRequest, toText } from "./endpoint-harness.ts";

const signal = new AbortController().signal;
const tools: ModelRequest["tools"] = [{ name: "files.read", description: "Reads.", inputSchema: { type: "object" }, readOnly: true }];

const wholeBody = 'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

describe("asking again", () => {
  it("waits as long as the server says, in seconds or by date, with jitter on top", async () => {
    const date = new Date(createManualClock().now() + 20_000).toUTCString();
    const { server, provider, waits } = await createHarness({ script: [{ status: 429, headers: { "retry-after": "7" } }, { status: 503, headers: { "retry-after": date } }, { text: "hi" }] });
    expect(toText((await collect(provider, toRequest("hi"))).events)).toBe("hi");
    expect(waits[0]).toBeGreaterThanOrEqual(7_000);
    expect(waits[0]).toBeLessThanOrEqual(7_500);
    expect(waits[1]).toBeGreaterThanOrEqual(19_000);
    expect(waits[1]).toBeLessThanOrEqual(20_500);
    expect(server.chats).toHaveLength(3);
  });

  it("does not wait for a server that asks for more than a minute, and says how long it asked for", async () => {
    const { server, provider, waits } = await createHarness({ script: [{ status: 429, headers: { "retry-after": "3600" } }] });
    expect((await collect(provider, toRequest("hi"))).error).toMatchObject({ code: "provider.rate-limited", retryable: true, retryAfterMs: 3_600_000, message: expect.stringContaining("3600 s") });
    expect([server.chats.length, waits.length]).toEqual([1, 0]);
  });

  it("backs off by itself where the server does not say, and sends the same bytes again", async () => {
    const { server, provider, waits, host } = await createHarness({ script: [{ status: 500 }, { cutAt: "before" }, { text: "hi" }] });
    await collect(provider, toRequest("hi", { tools }));
    expect(waits).toHaveLength(2);
    expect(waits[0]).toBeLessThanOrEqual(500);
    expect(waits[1]).toBeLessThanOrEqual(1_000);
    expect(new Set(server.chats.map((chat) => JSON.stringify(chat.body))).size).toBe(1);
    expect(host.log.lines.map((line) => line.fields?.["code"])).toEqual(["provider.unavailable", "provider.unreachable"]);
  });

  it("ends while it waits, when the caller leaves", async () => {
    const { server } = await createHarness({ script: [{ status: 500 }] });
    const { promise: asleep, resolve: fallAsleep } = Promise.withResolvers<void>();
    const manual = createManualClock();
    const sleep = (milliseconds: number, given?: AbortSignal): Promise<void> => {
      fallAsleep();
      return manual.sleep(milliseconds, given);
    };
    const provider = createOpenAIProvider(openAIProviderOptions.parse({ baseUrl: server.url, model: "m" }), createFakeHost({ clock: { ...manual, sleep } }));
    const controller = new AbortController();
    const reading = collect(provider, toRequest("hi"), controller.signal);
    await asleep;
    controller.abort();
    expect((await reading).error).toMatchObject({ code: "turn.cancelled" });
    expect(server.chats).toHaveLength(1);
  });

});

describe("a request that is refused for a part of it", () => {
  const noEffort = { status: 400, error: { message: "Function tools with reasoning_effort are not supported for m. Set reasoning_effort to 'none'." } };
  const noPictures = { status: 400, error: { message: "This model does not support image input." } };
  const look = toRequest("", { messages: [{ role: "user", content: [{ type: "image", data: "AAAA", mimeType: "image/svg+xml" }] }] });

  it("is made again without the parameter, which does not count as a retry, and the model's next request leaves it out at once", async () => {
    const { server, provider, waits } = await createHarness({ script: [noEffort, { text: "hi" }, { text: "ho" }, { text: "other" }], with: { maxRetries: 0 } });
    expect(toText((await collect(provider, toRequest("hi", { tools }))).events)).toBe("hi");
    expect(toText((await collect(provider, toRequest("hi", { tools }))).events)).toBe("ho");
    expect(toText((await collect(provider, toRequest("hi", { tools, model: "n" }))).events)).toBe("other");
    expect(server.chats.map((chat) => chat.body["reasoning_effort"])).toEqual([undefined, "none", "none", undefined]);
    expect(waits).toEqual([]);
  });

  it("is refused for good where it does not help to leave the parameter out, and nothing is learnt from it", async () => {
    const { server, provider } = await createHarness({ script: () => noEffort, with: { maxRetries: 0 } });
    for (let count = 0; count < 2; count++) expect((await collect(provider, toRequest("hi", { tools }))).error).toMatchObject({ code: "provider.refused" });
    expect(server.chats.map((chat) => chat.body["reasoning_effort"])).toEqual([undefined, "none", undefined, "none"]);
  });

  it("has words in place of its pictures, and the next one has pictures again", async () => {
    const { server, provider } = await createHarness({ script: [noPictures, { text: "hi" }, { text: "ho" }], with: { maxRetries: 0 } });
    expect(toText((await collect(provider, look)).events)).toBe("hi");
    expect(toText((await collect(provider, look)).events)).toBe("ho");
    const sent = server.chats.map((chat) => JSON.stringify(chat.body["messages"]));
    expect(sent[1]).toContain('{"role":"user","content":"[A picture that the model cannot take]"}');
    expect([sent[0], sent[2]]).toEqual([expect.stringContaining("data:image/svg+xml;base64,AAAA"), sent[0]]);
  });

  it("is asked once where it is refused for pictures that it does not hold", async () => {
    const { server, provider } = await createHarness({ script: () => noPictures });
    expect((await collect(provider, toRequest("hi"))).error).toMatchObject({ code: "provider.refused" });
    expect(server.chats).toHaveLength(1);
  });
});

describe("leaving", () => {
  it("closes the connection when the signal is aborted before the first byte, and throws the signal's own error", async () => {
    const { server, provider } = await createHarness({ script: [{ stall: "before" }] });
    const controller = new AbortController();
    const reading = collect(provider, toRequest("hi"), controller.signal);
    const { closed } = await server.requested(1);
    const reason = new OmniError("turn.timeout", "The turn passed its time limit.");
    controller.abort(reason);
    expect((await reading).error).toBe(reason);
    expect(await closed).toBe("broken");
  });

  it("closes the connection when the reader stops reading", async () => {
    const { server, provider } = await createHarness({ script: [{ text: "a b c", stall: "before-end" }] });
    for await (const event of provider.stream(toRequest("hi"), signal)) {
      expect(event.type).toBe("text-delta");
      break;
    }
    expect(await server.chats[0]?.closed).toBe("broken");
  });

  it("ends what runs when the provider is closed", async () => {
    const { server, provider } = await createHarness({ script: [{ stall: "before" }] });
    const reading = collect(provider, toRequest("hi"));
    await server.requested(1);
    await provider.close();
    expect((await reading).error).toMatchObject({ code: "turn.cancelled", message: "The provider was closed." });
  });

  it("leaves no listener and no timer behind", async () => {
    const { server, provider, host } = await createHarness({ script: () => ({ text: "hi" }) });
    let listeners = 0;
    const watched = new AbortController().signal;
    const add = watched.addEventListener.bind(watched);
    const remove = watched.removeEventListener.bind(watched);
    watched.addEventListener = (...args: Parameters<typeof add>) => ((listeners += 1), add(...args));
    watched.removeEventListener = (...args: Parameters<typeof remove>) => ((listeners -= 1), remove(...args));
    for (let count = 0; count < 5; count++) await collect(provider, toRequest("hi"), watched);
    await server.chats.at(-1)?.closed;
    await host.clock.advance(1_000);
    expect([listeners, host.clock.pending]).toEqual([0, 0]);
  });

  it("yields no call and no finish once the signal is aborted, though the reply had said why it ends", async () => {
    const body = 'data: {"choices":[{"delta":{"content":"hi","tool_calls":[{"id":"a","function":{"name":"files__read","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}\n\n';
    const { provider } = await createHarness({ script: [{ rawBody: body, stall: "before-end" }] });
    const controller = new AbortController();
    const types: string[] = [];
    const reading = (async () => {
      for await (const event of provider.stream(toRequest("hi", { tools }), controller.signal)) {
        types.push(event.type);
        controller.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "turn.cancelled" });
    expect(types).toEqual(["text-delta"]);
  });

  it("does not wait for a server that keeps a whole reply open, and closes the connection after a second", async () => {
    const { server, host, provider } = await createHarness({ script: [{ rawBody: wholeBody, stall: "before-end" }] });
    const { events, error } = await collect(provider, toRequest("hi"));
    expect([toText(events), error]).toEqual(["hi", undefined]);
    await host.clock.advance(1_000);
    expect([await server.chats[0]?.closed, host.clock.pending]).toEqual(["broken", 0]);
  });

  it("keeps the connection for the next call after a whole reply", async () => {
    const { server, host, provider } = await createHarness({ script: () => ({ text: "hi" }) });
    for (let count = 0; count < 6; count++) {
      await collect(provider, toRequest("hi"));
      await server.chats[count]?.closed;
      await host.clock.advance(0);
    }
    // The end of a body may arrive just after the next call began; then there are two connections that take turns.
    expect(server.connections).toBeLessThanOrEqual(2);
  });
});

describe("the default model", () => {
  it("is the documented one at OpenAI, without asking", async () => {
    const provider = createOpenAIProvider(openAIProviderOptions.parse({ apiKey: "x" }), createFakeHost());
    expect(await provider.defaultModel(signal)).toEqual({ id: defaultModelId, contextTokens: 400_000 });
  });

  it("is the first one a base URL lists, asked for once, with the size the list gives", async () => {
    const { server, provider } = await createHarness({ models: [{ id: "local-a", max_model_len: 8192 }, "local-b"], script: () => ({ text: "hi" }), with: { model: "" } });
    await Promise.all([collect(provider, toRequest("a")), collect(provider, toRequest("b"))]);
    expect(server.chats.map((chat) => chat.body["model"])).toEqual(["local-a", "local-a"]);
    expect(await provider.defaultModel(signal)).toEqual({ id: "local-a", contextTokens: 8192 });
    expect(server.requests.filter((request) => request.path === "/v1/models")).toHaveLength(1);
  });

  it("is looked for again where the endpoint listed none, without a restart", async () => {
    const models: string[] = [];
    const { provider } = await createHarness({ models, script: () => ({ text: "hi" }), with: { model: "" } });
    expect((await collect(provider, toRequest("hi"))).error).toMatchObject({ code: "provider.not-found" });
    models.push("pulled");
    expect(toText((await collect(provider, toRequest("hi"))).events)).toBe("hi");
  });

  it("is looked for again where the endpoint does not know it any more", async () => {
    const models = ["old"];
    const { server, provider } = await createHarness({ models, script: (body) => (body.model === models[0] ? { text: "hi" } : { status: 404 }), with: { model: "" } });
    await collect(provider, toRequest("hi"));
    models[0] = "new";
    expect((await collect(provider, toRequest("hi"))).error).toMatchObject({ code: "provider.not-found" });
    expect(toText((await collect(provider, toRequest("hi"))).events)).toBe("hi");
    expect(server.chats.map((chat) => chat.body["model"])).toEqual(["old", "old", "new"]);
  });

  it("takes its size from the options, the table, the list, in this order, and does without", async () => {
    const { provider, server } = await createHarness({ models: [{ id: "named", context_length: 4096 }], with: { model: "named" } });
    expect(await provider.defaultModel(signal)).toEqual({ id: "named", contextTokens: 4096 });
    const own = createOpenAIProvider(openAIProviderOptions.parse({ baseUrl: server.url, model: "named", contextTokens: 100 }), createFakeHost());
    expect(await own.defaultModel(signal)).toEqual({ id: "named", contextTokens: 100 });
    const { provider: silent } = await createHarness({ models: 500, with: { model: "unlisted", maxRetries: 0 } });
    expect(await silent.defaultModel(signal)).toEqual({ id: "unlisted" });
  });

  it("is an error that says how to name one, where the endpoint lists none", async () => {
    for (const models of [404, [], 401] as const) {
      const { provider } = await createHarness({ models, with: { model: "", maxRetries: 0 } });
      await expect(provider.defaultModel(signal)).rejects.toMatchObject({ code: models === 401 ? "provider.unauthorised" : "provider.not-found", message: expect.stringContaining("provider.with.model") });
    }
  });

  it("is asked for again after a failure", async () => {
    let isUp = false;
    const server = createServer((_request, response) => {
      response.writeHead(isUp ? 200 : 500, { "content-type": "application/json" }).end('{"data":[{"id":"late"}]}');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const provider = createOpenAIProvider(openAIProviderOptions.parse({ baseUrl: `http://127.0.0.1:${port}/v1`, maxRetries: 0 }), createPromptHost().host);
    await expect(provider.defaultModel(signal)).rejects.toMatchObject({ code: "provider.unavailable" });
    isUp = true;
    expect(await provider.defaultModel(signal)).toEqual({ id: "late" });
  });
});

describe("the list of models", () => {
  it("is asked for again after a minute", async () => {
    const models = ["a"];
    const { provider, host } = await createHarness({ models });
    expect(await provider.models(signal)).toEqual([{ id: "a" }]);
    models.unshift("b");
    expect(await provider.models(signal)).toEqual([{ id: "a" }]);
    await host.clock.advance(60_000);
    expect(await provider.models(signal)).toEqual([{ id: "b" }, { id: "a" }]);
  });

  it("is empty where the endpoint has none, and an error where it fails", async () => {
    const { provider } = await createHarness({ models: 404 });
    expect(await provider.models(signal)).toEqual([]);
    const { provider: failing } = await createHarness({ models: 500, with: { maxRetries: 1 } });
    await expect(failing.models(signal)).rejects.toMatchObject({ code: "provider.unavailable" });
  });
});

describe("a server that has moved", () => {
  it("is followed to where it says, with the same request", async () => {
    const seen: string[] = [];
    const server = createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += String(chunk);
      seen.push(`${request.method} ${request.url} ${(JSON.parse(text) as { readonly model: string }).model}`);
      if (request.url?.startsWith("/old/") === true) response.writeHead(307, { location: request.url.slice(4) }).end();
      else response.writeHead(200, { "content-type": "text/event-stream" }).end(wholeBody);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const provider = createOpenAIProvider(openAIProviderOptions.parse({ baseUrl: `http://127.0.0.1:${port}/old/v1`, model: "m", maxRetries: 0 }), createPromptHost().host);
    expect(toText((await collect(provider, toRequest("hi"))).events)).toBe("hi");
    expect(seen).toEqual(["POST /old/v1/chat/completions m", "POST /v1/chat/completions m"]);
  });
});

describe("a server that is not there", () => {
  it("is named by its origin, without path and key", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const provider = createOpenAIProvider(openAIProviderOptions.parse({ baseUrl: `http://127.0.0.1:${port}/secret-path/v1`, model: "m", apiKey: "sk-12345678" }), createPromptHost().host);
    const { error } = await collect(provider, toRequest("hi"));
    expect(error).toMatchObject({ code: "provider.unreachable", message: `Cannot reach the model endpoint http://127.0.0.1:${port} (ECONNREFUSED); check provider.with.baseUrl, and that the server runs.` });
  });
});
