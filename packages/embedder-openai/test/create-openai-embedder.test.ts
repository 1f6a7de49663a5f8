import { describe, expect, it } from "vitest";
import type { EmbeddingsAnswer } from "./embeddings-server.ts";
import { createHarness, createPromptHost, dimensions } from "./embeddings-server.ts";
import { createOpenAIEmbedder, omni, openAIEmbedderOptions } from "../src/index.ts";

const silent = (): AbortSignal => new AbortController().signal;

describe("what is asked", () => {
  it("goes to /embeddings with the model, numbers as the format, the key, and nothing of the vendor's headers", async () => {
    const { server, embedder } = await createHarness({ apiKey: "sk-secret-key", headers: { "X-Team": "blue" } });
    await embedder.embed(["one"], silent());
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({ path: "/v1/embeddings", body: { model: "fake", input: ["one"], encoding_format: "float" }, headers: { authorization: "Bearer sk-secret-key", "x-team": "blue", "user-agent": "omni" } });
    expect(Object.keys(server.requests[0]?.body ?? {})).toEqual(["model", "input", "encoding_format"]);
    expect(Object.keys(server.requests[0]?.headers ?? {}).filter((name) => name.startsWith("x-stainless") || name.startsWith("openai-"))).toEqual([]);
  });

  it("has no authorization without a key", async () => {
    const { server, embedder } = await createHarness();
    await embedder.embed(["one"], silent());
    expect(server.requests[0]?.headers["authorization"]).toBeUndefined();
  });

  it("names the dimensions only where the vectors are to be shortened", async () => {
    const { server, embedder } = await createHarness({ shorten: true });
    await embedder.embed(["one"], silent());
    expect(server.requests[0]?.body["dimensions"]).toBe(dimensions);
  });

  it("is split into batches, each text once, and nothing of blanks", async () => {
    const { server, embedder } = await createHarness({ batchSize: 3 });
    const vectors = await embedder.embed(["a", "b", "", "a", "c", " \n", "d", "e"], silent());
    expect(server.requests.map((request) => request.input)).toEqual([["a", "b", "c"], ["d", "e"]]);
    expect(vectors[3]).toEqual(vectors[0]);
    expect(vectors.map((vector) => vector.some((value) => value !== 0))).toEqual([true, true, false, true, true, false, true, true]);
  });

  it("is no more than 200,000 characters at once, and of one text what the options say", async () => {
    const { server, embedder } = await createHarness({ textCharacters: 90_000 });
    await embedder.embed(Array.from({ length: 5 }, (_, index) => `${index}`.repeat(100_000)), silent());
    expect(server.requests.map(({ input }) => input.map((text) => text.length))).toEqual([[90_000, 90_000], [90_000, 90_000], [90_000]]);
  });

  it("is nothing at all for no texts", async () => {
    const { server, embedder } = await createHarness();
    expect(await embedder.embed([], silent())).toEqual([]);
    expect(server.requests).toEqual([]);
  });
});

describe("answers that are read", () => {
  it.each<[string, EmbeddingsAnswer]>([
    ["items in another order, by their index", { items: (vectors) => vectors.map((embedding, index) => ({ index, embedding })).toReversed() }],
    ["items without an index", { items: (vectors) => vectors.map((embedding) => ({ embedding })) }],
    ["items that are all numbered 0", { items: (vectors) => vectors.map((embedding) => ({ index: 0, embedding })) }],
    ["base 64 of floats", { items: (vectors) => vectors.map((vector, index) => ({ index, embedding: Buffer.from(Float32Array.from(vector).buffer).toString("base64") })) }],
  ])("are %s", async (_title, answer) => {
    const { server, embedder } = await createHarness();
    const right = await embedder.embed(["one", "two", "three"], silent());
    server.script(answer);
    const read = await embedder.embed(["one", "two", "three"], silent());
    for (const [index, vector] of read.entries()) expect([...vector]).toEqual([...(right[index] ?? [])].map((value) => expect.closeTo(value, 5)));
  });
});

describe("answers that are wrong", () => {
  it.each<[string, EmbeddingsAnswer, RegExp]>([
    ["too few vectors", { items: (vectors) => vectors.slice(1).map((embedding, index) => ({ index, embedding })) }, /1 vectors for 2 texts/],
    ["too many vectors", { items: (vectors) => [...vectors, ...vectors].map((embedding, index) => ({ index, embedding })) }, /4 vectors for 2 texts/],
    ["a vector of another length", { items: (vectors) => vectors.map((vector, index) => ({ index, embedding: vector.slice(1) })) }, /31 numbers instead of 32.*embedder\.with\.dimensions/],
    ["a number that is null, as JSON writes NaN", { items: (vectors) => vectors.map((vector, index) => ({ index, embedding: vector.with(3, Number.NaN) })) }, /no list of numbers/],
    ["a number too large to be one", { raw: `{"data":[{"index":0,"embedding":[${"1e999,".repeat(31)}1]},{"index":1,"embedding":[${"1,".repeat(31)}1]}]}` }, /no list of numbers/],
    ["base 64 that is cut", { items: (vectors) => vectors.map((_, index) => ({ index, embedding: "AAAAAAA=" })) }, /no list of numbers/],
    ["an index twice", { items: (vectors) => vectors.map((embedding) => ({ index: 1, embedding })) }, /numbering/],
    ["no data", { body: { object: "list" } }, /without vectors/],
    ["no JSON", { raw: "{\"data\":[" }, /without vectors/],
    ["a web page", { raw: "<!doctype html><p>Sign in", headers: { "content-type": "text/html" } }, /a web page.*\/v1/],
  ])("are refused and not asked for again: %s", async (_title, answer, message) => {
    const { server, embedder, waits } = await createHarness();
    server.script(answer);
    await expect(embedder.embed(["one", "two"], silent())).rejects.toMatchObject({ code: "embedder.failed", retryable: false, message: expect.stringMatching(message) });
    expect(server.requests).toHaveLength(1);
    expect(waits).toEqual([]);
  });
});

describe("failures", () => {
  it.each<[string, EmbeddingsAnswer]>([
    ["429", { status: 429, body: { error: { message: "slow down" } } }],
    ["500", { status: 500, raw: "" }],
    ["503 with a page", { status: 503, raw: "<html>" }],
    ["408", { status: 408, raw: "{}" }],
    ["a connection that breaks", { reset: true }],
  ])("are tried again, with growing waits: %s", async (_title, answer) => {
    const { server, embedder, waits } = await createHarness();
    server.script(answer, answer);
    expect(await embedder.embed(["one"], silent())).toHaveLength(1);
    expect(server.requests).toHaveLength(3);
    expect(waits).toHaveLength(2);
    expect(waits[0]).toBeLessThanOrEqual(500);
    expect(waits[1]).toBeLessThanOrEqual(1_000);
  });

  it("are given up after as many tries as the options say, as something that may pass", async () => {
    const { server, embedder } = await createHarness({ maxRetries: 1 });
    server.script({ status: 503, raw: "" }, { status: 503, raw: "" });
    await expect(embedder.embed(["one"], silent())).rejects.toMatchObject({ code: "embedder.failed", retryable: true, message: expect.stringMatching(/fails on its side \(503\)/) });
    expect(server.requests).toHaveLength(2);
  });

  it.each<[string, EmbeddingsAnswer, RegExp]>([
    ["401", { status: 401, body: { error: { message: "Incorrect key sk-secret-key." } } }, /refuses the key \(401\): Incorrect key \[redacted\]\. Check embedder\.with\.apiKey/],
    ["404", { status: 404, body: { error: "model \"fake\" not found" } }, /no such model or path.*embedder\.with\.model/],
    ["400", { status: 400, body: { error: { message: "too long" } } }, /refuses the request \(400\): too long/],
    ["a spent quota", { status: 429, body: { error: { code: "insufficient_quota", message: "spent" } } }, /quota is spent/],
  ])("that last are told with the endpoint's words and no secret: %s", async (_title, answer, message) => {
    const { server, embedder, waits } = await createHarness({ apiKey: "sk-secret-key" });
    server.script(answer);
    const failure = embedder.embed(["one"], silent());
    await expect(failure).rejects.toMatchObject({ code: "embedder.failed", retryable: false, message: expect.stringMatching(message) });
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining("sk-secret") });
    expect(waits).toEqual([]);
  });

  it("wait as long as the server asks, up to a minute", async () => {
    const { server, embedder, waits } = await createHarness();
    server.script({ status: 429, raw: "{}", headers: { "retry-after": "7" } }, { status: 429, raw: "{}", headers: { "retry-after": "3600" } });
    await expect(embedder.embed(["one"], silent())).rejects.toMatchObject({ code: "embedder.failed", retryAfterMs: 3_600_000 });
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThanOrEqual(7_000);
    expect(waits[0]).toBeLessThanOrEqual(7_500);
  });

  it("of a server that is not there name the address", async () => {
    const { server, embedder } = await createHarness({ maxRetries: 0 });
    await server.close();
    await expect(embedder.embed(["one"], silent())).rejects.toMatchObject({ code: "embedder.failed", retryable: true, message: expect.stringMatching(/Cannot reach .*127\.0\.0\.1.*ECONNREFUSED/) });
  });

  it("of a server that does not answer end with the time of a try", async () => {
    const { server, embedder, host } = await createHarness({ timeoutMs: 5_000, maxRetries: 0 });
    server.script({ hang: true });
    const arrived = server.arrived();
    const failure = expect(embedder.embed(["one"], silent())).rejects.toMatchObject({ code: "embedder.failed", retryable: true, message: expect.stringMatching(/within 5 s/) });
    await arrived;
    await host.clock.advance(5_000);
    await failure;
  });
});

describe("ends", () => {
  it("a call at once when it is aborted, with the signal's reason, and makes no further try", async () => {
    const { server, embedder, host } = await createHarness();
    server.script({ hang: true });
    const controller = new AbortController();
    const arrived = server.arrived();
    const failure = expect(embedder.embed(["one"], controller.signal)).rejects.toThrow("stopped");
    await arrived;
    controller.abort(new Error("stopped"));
    await failure;
    expect(server.requests).toHaveLength(1);
    expect(host.clock.pending).toBe(0);
  });

  it("running calls when it is closed", async () => {
    const { server, embedder } = await createHarness();
    server.script({ hang: true });
    const arrived = server.arrived();
    const failure = expect(embedder.embed(["one"], silent())).rejects.toMatchObject({ code: "embedder.failed" });
    await arrived;
    await embedder.close();
    await failure;
  });
});

describe("the module", () => {
  it("says what it is, and its vectors' identity before anything is asked", () => {
    expect(omni).toMatchObject({ slot: "embedder", name: "openai", contract: 1 });
    const { host } = createPromptHost();
    expect(createOpenAIEmbedder(openAIEmbedderOptions.parse({}), host).identity).toEqual({ model: "text-embedding-3-small", dimensions: 1536, version: "1/8000" });
  });

  it("has another identity for other languages, and the same for the same in another order", () => {
    const { host } = createPromptHost();
    const versionOf = (...languages: readonly string[]): string => createOpenAIEmbedder(openAIEmbedderOptions.parse({ languages }), host).identity.version;
    expect(new Set([versionOf(), versionOf("en"), versionOf("zh-Hans"), versionOf("en", "zh-Hans")]).size).toBe(4);
    expect(versionOf("zh-Hans", "EN", "en")).toBe(versionOf("en", "zh-hans"));
  });
});
