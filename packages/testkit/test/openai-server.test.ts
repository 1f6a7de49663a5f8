import { readFileSync, readdirSync } from "node:fs";
import type { FakeOpenAI, FakeOpenAIOptions } from "../src/fakes/index.ts";
import { describe, expect, it, onTestFinished } from "vitest";
import { callReply, createFakeOpenAI, textReply } from "../src/fakes/index.ts";

async function start(options?: FakeOpenAIOptions): Promise<FakeOpenAI> {
  const server = await createFakeOpenAI(options);
  onTestFinished(() => server.close());
  return server;
}

function ask(server: FakeOpenAI, text: string, more: Readonly<Record<string, unknown>> = {}, signal?: AbortSignal): Promise<Response> {
  const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: text }], ...more });
  return fetch(`${server.url}/chat/completions`, { method: "POST", body, ...(signal === undefined ? {} : { signal }) });
}

async function askJson(server: FakeOpenAI, text: string): Promise<unknown> {
  const body = (await (await ask(server, text)).json()) as { choices?: { message?: { content: unknown } }[]; error?: unknown };
  return body.choices?.[0]?.message?.content ?? body.error;
}

/** The data of every event, parsed. */
async function askStream(server: FakeOpenAI, more: Readonly<Record<string, unknown>> = {}): Promise<readonly unknown[]> {
  const text = await (await ask(server, "hi", { stream: true, ...more })).text();
  return [...text.matchAll(/^data: (.*)$/gm)].map((match) => (match[1] === "[DONE]" ? "[DONE]" : JSON.parse(match[1] ?? "")));
}

describe("createFakeOpenAI", () => {
  it("answers in the order of its script, and says so when it has ended", async () => {
    const server = await start({ script: [textReply("one"), textReply("two")] });
    expect([await askJson(server, "a"), await askJson(server, "b")]).toEqual(["one", "two"]);
    expect(await askJson(server, "c")).toMatchObject({ code: "script_ended", message: expect.stringContaining("number 2") });
  });

  it("answers by a function of the request and its number", async () => {
    const server = await start({ script: (body, index) => textReply(`${index} ${body.userTexts.at(-1)}`) });
    expect([await askJson(server, "a"), await askJson(server, "b")]).toEqual(["0 a", "1 b"]);
  });

  it("answers by what the newest fitting message holds, each key in its own order", async () => {
    const server = await start({ script: { weather: [textReply("rain"), textReply("sun")], time: () => textReply("noon"), "*": [textReply("what?")] } });
    const answers = [];
    for (const text of ["the weather?", "what time", "and the weather", "else"]) answers.push(await askJson(server, text));
    expect(answers).toEqual(["rain", "noon", "sun", "what?"]);
  });

  it("records every request with its path, headers and body", async () => {
    const server = await start({ script: [textReply("x")] });
    await ask(server, "hello", { stream: false });
    await (await fetch(`${server.url}/models`, { headers: { "x-a": "b" } })).json();
    expect(server.requests).toMatchObject([
      { method: "POST", path: "/v1/chat/completions", body: { messages: [{ content: "hello" }] } },
      { method: "GET", path: "/v1/models", headers: { "x-a": "b" }, body: {} },
    ]);
    expect(server.chats).toHaveLength(1);
  });

  it("streams deltas, calls in pieces under wire names, a finish, and usage where it is asked for", async () => {
    const server = await start({ script: () => ({ ...callReply([{ name: "files.read", arguments: { path: "a.txt" } }], "I look."), reasoning: "hm", usage: { inputTokens: 3, outputTokens: 4 } }) });
    const events = await askStream(server, { stream_options: { include_usage: true } });
    expect(events.at(-1)).toBe("[DONE]");
    expect(events.at(-2)).toMatchObject({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } });
    expect(events.at(-3)).toMatchObject({ choices: [{ finish_reason: "tool_calls" }] });
    const text = JSON.stringify(events);
    expect(text).toContain('"reasoning_content":"hm"');
    expect(text).toContain('"name":"files__read"');
    expect(JSON.stringify(await askStream(server))).not.toContain("prompt_tokens");
  });

  it("holds a reply at its barrier, tells that it is there, and lets it go", async () => {
    const server = await start({ script: [{ text: "late", barrier: "b" }, { text: ["a ", "b"], barrier: "c", barrierAt: "after-first" }] });
    const first = ask(server, "one");
    await server.reached("b");
    expect(server.chats).toHaveLength(1);
    server.release("b");
    expect((await first).status).toBe(200);
    const second = await ask(server, "two", { stream: true });
    await server.reached("c");
    server.release("c");
    expect(await second.text()).toContain("[DONE]");
  });

  it("knows whether a reply was sent whole or broken off", async () => {
    const server = await start({ script: [textReply("x"), { stall: "before" }, { text: "x", cutAfterBytes: 5 }] });
    await (await ask(server, "one")).text();
    expect(await server.chats[0]?.closed).toBe("sent");
    const controller = new AbortController();
    const left = ask(server, "two", {}, controller.signal).catch(() => undefined);
    const { closed } = await server.requested(2);
    controller.abort();
    expect(await closed).toBe("broken");
    await left;
    await expect(ask(server, "three", { stream: true }).then((response) => response.text())).rejects.toThrow();
    expect(await server.chats[2]?.closed).toBe("broken");
  });

  it("answers errors, web pages and raw bodies, with headers", async () => {
    const server = await start({ script: [{ status: 429, headers: { "retry-after": "3" }, error: { code: "slow" } }, { html: true }, { rawBody: "raw" }] });
    const limited = await ask(server, "a");
    expect([limited.status, limited.headers.get("retry-after"), await limited.json()]).toMatchObject([429, "3", { error: { code: "slow" } }]);
    expect((await ask(server, "b")).headers.get("content-type")).toContain("text/html");
    expect(await (await ask(server, "c")).text()).toBe("raw");
  });

  it("lists its models, or answers a status in their place", async () => {
    const listing = await start({ models: ["a", { id: "b", context_length: 5 }] });
    expect(await (await fetch(`${listing.url}/models`)).json()).toMatchObject({ data: [{ id: "a" }, { id: "b", context_length: 5 }] });
    expect((await fetch(`${(await start({ models: 404 })).url}/models`)).status).toBe(404);
  });

  it("sends the same bytes however it cuts them", async () => {
    const server = await start();
    const bodies = [];
    for (const chunking of ["whole", "bytes", { size: 7 }, { seed: 3 }] as const) {
      server.script([{ text: "Grüße 🙂", chunking }]);
      bodies.push(await (await ask(server, "x", { stream: true })).text());
    }
    expect(new Set(bodies).size).toBe(1);
  });
});

describe("the fakes", () => {
  it("import no test runner, so that programs and examples use them too", () => {
    const folder = new URL("../src/fakes/", import.meta.url);
    for (const name of readdirSync(folder)) expect(readFileSync(new URL(name, folder), "utf8")).not.toMatch(/from "vitest"/);
  });
});
