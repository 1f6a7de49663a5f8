import { describe, expect, it } from "vitest";
import OpenAI from "openai";
import type { TurnRecord } from "@omni/core";
import type { Listening } from "./support/open-listening.ts";
import type { Model, OpenGateway, OpenRuntimeOptions } from "./support/open-gateway.ts";
import { calling, echo, hasResult, openGateway, saying, stalling, toolSaying, until } from "./support/open-gateway.ts";
import { openListening } from "./support/open-listening.ts";

/** The official client, pointed at a gateway over a real socket. */
async function openClient(options: OpenRuntimeOptions = {}): Promise<Listening & { readonly client: OpenAI }> {
  const listening = await openListening(options);
  return { ...listening, client: new OpenAI({ baseURL: `${listening.url}/v1`, apiKey: listening.token, maxRetries: 2 }) };
}

const hi = { model: "omni", messages: [{ role: "user" as const, content: "hi" }] };

/** A model that calls a tool between two sentences. */
const using: Model = (_said, request) => (hasResult(request) ? saying("All ", "done.") : talkingFirst());

async function* talkingFirst(): ReturnType<Model> {
  yield { type: "text-delta", text: "I look." };
  yield* calling("test.write", { a: 1 });
}

describe("the official openai package", () => {
  it("chats without streaming", async () => {
    const { client } = await openClient();
    const { data, response } = await client.chat.completions.create(hi).withResponse();
    const { turnId, sessionId } = { turnId: response.headers.get("x-turn-id"), sessionId: response.headers.get("x-session-id") };
    expect(data).toEqual({
      id: `chatcmpl-${turnId}`,
      object: "chat.completion",
      created: expect.any(Number),
      model: "omni",
      choices: [{ index: 0, message: { role: "assistant", content: "You said: hi", refusal: null }, logprobs: null, finish_reason: "stop" }],
      usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
    });
    expect(sessionId).toMatch(/^http:chat-/);
  });

  it("chats with streaming, and gets the usage where it asks for it", async () => {
    const { client } = await openClient();
    const stream = await client.chat.completions.create({ ...hi, stream: true, stream_options: { include_usage: true } });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe("You said: hi");
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: "" });
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 } });
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
  });

  it("sees no call of a tool, only what is said around it", async () => {
    const { client } = await openClient({ tools: [toolSaying("test.write", "written")], model: using });
    expect((await client.chat.completions.create(hi)).choices[0]?.message).toEqual({ role: "assistant", content: "All done.", refusal: null });
    const stream = client.chat.completions.stream(hi);
    expect((await stream.finalChatCompletion()).choices[0]?.message).toMatchObject({ content: "I look.\n\nAll done." });
  });

  it("lists the models, and finds one", async () => {
    const { client } = await openClient();
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["omni", "test"]);
    expect(await client.models.retrieve("omni")).toMatchObject({ id: "omni", object: "model" });
    await expect(client.models.retrieve("none")).rejects.toMatchObject({ status: 404 });
  });

  it("finds a model whose id holds slashes, written as they are or encoded", async () => {
    const id = "accounts/maker/models/large";
    const { ask } = await openGateway({ defaultModel: id });
    for (const path of [id, encodeURIComponent(id), "accounts/maker%2Fmodels/large"]) expect([path, await (await ask(`GET /v1/models/${path}`)).json()]).toEqual([path, expect.objectContaining({ id, object: "model" })]);
    for (const path of ["accounts/maker", `${id}/more`, "omni/"]) expect([path, (await ask(`GET /v1/models/${path}`)).status]).toEqual([path, 404]);
    expect((await ask(`POST /v1/models/${id}`)).status).toBe(405);
    expect(((await (await ask("GET /v1/models")).json()) as { readonly object: string }).object).toBe("list");
  });

  it("is told why a turn failed, and does not try it again by itself", async () => {
    let asked = 0;
    const { client, place } = await openClient({
      async *model() {
        asked += 1;
        throw new Error("no");
      },
    });
    await expect(client.chat.completions.create(hi)).rejects.toMatchObject({ status: expect.any(Number), code: expect.any(String), requestID: expect.any(String) });
    expect([asked, place.state.turns.size]).toEqual([1, 1]);
    const stream = await client.chat.completions.create({ ...hi, stream: true });
    const read = async (): Promise<void> => {
      for await (const _chunk of stream);
    };
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
  });

  it("is told of an answer that does not come whole, and sends nothing again that was taken", async () => {
    const { client, runtime, place } = await openClient({ model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    const stream = await client.chat.completions.create({ ...hi, stream: true });
    const whole = client.chat.completions.create(hi).then(() => undefined, (error: unknown) => error);
    await until(() => [...place.state.turns.values()].filter(({ events }) => events.some(({ type }) => type === "model-call")).length === 2);
    await runtime.close();
    const read = async (): Promise<void> => {
      for await (const _chunk of stream);
    };
    await expect(read()).rejects.toMatchObject({ code: "provider.cut" });
    expect(await whole).toMatchObject({ status: 503, code: "gateway.draining" });
    expect(place.state.turns.size).toBe(2);
  });

  it("is refused without a token that is known", async () => {
    const { url } = await openListening();
    await expect(new OpenAI({ baseURL: `${url}/v1`, apiKey: "wrong" }).models.list()).rejects.toMatchObject({ status: 401, code: "auth.missing" });
  });
});

describe("POST /v1/chat/completions", () => {
  const post = "POST /v1/chat/completions";
  const conversation = [
    { role: "system", content: "Speak French." },
    { role: "user", content: "hi" },
    { role: "assistant", content: "Salut." },
    { role: "user", content: [{ type: "text", text: "and you?" }] },
  ];

  async function say(gateway: OpenGateway, body: object, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const response = await gateway.ask(post, { body, headers });
    expect(response.status).toBe(200);
    return ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]?.message.content ?? "";
  }

  const onlyTurn = (gateway: OpenGateway): Promise<TurnRecord | undefined> => gateway.runtime.turn([...gateway.place.state.turns.keys()][0] ?? "");

  it("tells a new session the whole conversation, and one that knows it what is new", async () => {
    const gateway = await openGateway();
    const first = await say(gateway, { messages: conversation, user: "me" });
    expect(first).toBe("You said: Instructions that come with this conversation:\n\nSpeak French.\n\nThe conversation so far:\n\nPerson: hi\n\nAssistant: Salut.\n\nNow the person says:\n\nand you?");
    const second = [...conversation, { role: "assistant", content: first }, { role: "user", content: "one" }, { role: "user", content: "two" }];
    expect(await say(gateway, { messages: second, user: "me" })).toBe("You said: one\n\ntwo");
    expect(await gateway.runtime.store.session("http:me")).toMatchObject({ totalTurns: 2 });
  });

  it("takes the session of the header, else that of the user, else one of its own", async () => {
    const gateway = await openGateway();
    await say(gateway, { ...hi, user: "b" }, { "x-session-id": "a" });
    await say(gateway, { ...hi, user: "" }, { "x-session-id": "a" });
    await say(gateway, { ...hi, user: "b" });
    await say(gateway, { ...hi, user: "telegram:1" });
    await say(gateway, { ...hi, user: "" });
    await say(gateway, hi);
    const ids = (await gateway.runtime.store.sessions({ limit: 10 })).map(({ sessionId, totalTurns }) => [sessionId, totalTurns]).toSorted();
    expect(ids).toEqual([["http:a", 2], ["http:b", 1], [expect.stringMatching(/^http:chat-/), 1], [expect.stringMatching(/^http:chat-/), 1], [expect.stringMatching(/^http:user-[0-9a-f]{32}$/), 1]]);
    expect((await gateway.ask(post, { body: hi, headers: { "x-session-id": "telegram:1" } })).status).toBe(403);
    expect((await gateway.ask(post, { body: hi, headers: { "x-session-id": "Tenant:7" } })).status).toBe(400);
  });

  it("tells the instructions of a conversation that begins in a session that has turns", async () => {
    const gateway = await openGateway();
    await say(gateway, { ...hi, user: "me" });
    expect(await say(gateway, { messages: conversation.slice(0, 2), user: "me" })).toBe("You said: Instructions that come with this conversation:\n\nSpeak French.\n\nNow the person says:\n\nhi");
    expect(await say(gateway, { ...hi, user: "me" })).toBe("You said: hi");
  });

  it("carries out a command and an exact call of a tool that stand in the middle of a conversation", async () => {
    const gateway = await openGateway({ tools: [toolSaying("test.write", "written")] });
    const ending = (content: string): object => ({ messages: [...conversation, { role: "user", content }] });
    expect(await say(gateway, ending("/help"))).toContain("/new");
    expect(gateway.place.state.turns.size).toBe(0);
    expect(await say(gateway, ending('test.write {"a":1}'))).toBe("written");
    expect((await onlyTurn(gateway))?.input.text).toBe('test.write {"a":1}');
    expect(await say(gateway, ending("test.other {}"))).toContain("Now the person says:\n\nand you?\n\ntest.other {}");
  });

  it("takes any other model for the model of the turn", async () => {
    const models: (string | undefined)[] = [];
    const gateway = await openGateway({ model: (said, request, signal) => (models.push(request.model), echo(said, request, signal)) });
    await say(gateway, { ...hi, model: "other" });
    await say(gateway, hi);
    expect(models).toEqual(["other", undefined]);
  });

  it("brings pictures that come along, and fetches none", async () => {
    const gateway = await openGateway();
    const withImage = (url: string): object => ({ messages: [{ role: "user", content: [{ type: "text", text: "what is it?" }, { type: "image_url", image_url: { url } }] }] });
    await say(gateway, withImage("data:image/png;base64,aGk="));
    expect((await onlyTurn(gateway))?.input.attachments).toEqual([{ type: "image", mimeType: "image/png", data: "aGk=" }]);
    expect((await gateway.ask(post, { body: withImage("http://127.0.0.1/x.png") })).status).toBe(400);
  });

  it("brings the pictures of earlier messages too", async () => {
    const gateway = await openGateway();
    const picture = (data: string): object => ({ role: "user", content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${data}` } }] });
    await say(gateway, { messages: [picture("aGk="), { role: "assistant", content: "Nice." }, picture("aG8=")] });
    expect((await onlyTurn(gateway))?.input).toMatchObject({
      text: "The conversation so far:\n\nPerson: [picture]\n\nAssistant: Nice.\n\nNow the person says:\n\n[picture]",
      attachments: [{ data: "aGk=" }, { data: "aG8=" }],
    });
  });

  it("answers every ask no, as nobody can be asked", async () => {
    const gateway = await openGateway({ tools: [toolSaying("test.write", "written")], verdict: "ask", model: using });
    await say(gateway, hi);
    expect((await onlyTurn(gateway))?.outcome?.toolCalls).toEqual([{ name: "test.write", status: "denied" }]);
  });

  it("is one turn under one key, whoever comes second", async () => {
    const gate = Promise.withResolvers<void>();
    const gateway = await openGateway({ model: (_said, _request, signal) => stalling(gate.promise, signal, "once") });
    const headers = { "idempotency-key": "k" };
    const pending = [say(gateway, hi, headers), say(gateway, hi, headers)];
    gate.resolve();
    expect([await Promise.all(pending), await say(gateway, hi, headers), gateway.place.state.turns.size]).toEqual([["once", "once"], "once", 1]);
    expect((await gateway.ask(post, { body: { ...hi, model: "other" }, headers })).status).toBe(422);
  });

  it.each([
    { steps: ["fail", "answer"], turns: 2 },
    { steps: ["act", "fail", "answer"], turns: 1 },
  ])("makes a new attempt under the key of a turn that failed only where that did no more than read ($steps)", async ({ steps, turns }) => {
    const left = [...steps];
    const gateway = await openGateway({
      tools: [toolSaying("test.write", "written")],
      async *model(said, request, signal) {
        const step = left.shift();
        if (step === "fail") throw new Error("no");
        yield* step === "act" ? calling("test.write") : echo(said, request, signal);
      },
    });
    const send = (): Promise<Response> => gateway.ask(post, { body: hi, headers: { "idempotency-key": "k" } });
    const first = await send();
    expect([first.ok, first.headers.get("x-should-retry")]).toEqual([false, "false"]);
    expect([(await send()).ok, gateway.place.state.turns.size]).toEqual([turns === 2, turns]);
  });

  it("brings in a stream what was not streamed: a command's answer, and a turn that had ended", async () => {
    const gateway = await openGateway();
    const stream = async (body: object, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
      const text = await (await gateway.ask(post, { body: { ...body, stream: true }, headers })).text();
      expect(text).toMatch(/data: \[DONE\]\n\n$/);
      return [...text.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)].map(([, content = ""]) => JSON.parse(content) as string).join("");
    };
    const headers = { "idempotency-key": "k" };
    expect(await stream(hi, headers)).toBe("You said: hi");
    expect(await stream(hi, headers)).toBe("You said: hi");
    expect(await stream({ messages: [{ role: "user", content: "/help" }] })).toContain("/new");
  });

  it.each([
    [{}],
    [{ messages: [] }],
    [{ messages: "hi" }],
    [{ messages: [null] }],
    [{ messages: [{ content: "hi" }] }],
    [{ messages: [{ role: "wizard", content: "hi" }] }],
    [{ messages: [{ role: "user", content: 7 }] }],
    [{ messages: [{ role: "user", content: [{ type: "input_audio" }] }] }],
    [{ messages: [{ role: "user", content: "hi" }, { role: "assistant", content: "yes" }] }],
    [{ ...hi, n: 2 }],
    [{ ...hi, model: "" }],
    [{ ...hi, model: 7 }],
    [{ ...hi, stream: "yes" }],
    [{ ...hi, user: {} }],
  ])("refuses %j", async (body) => {
    const { ask, place } = await openGateway();
    const response = await ask(post, { body });
    expect([response.status, await response.json()]).toEqual([400, { error: expect.objectContaining({ code: "request.invalid" }) }]);
    expect(place.state.turns.size).toBe(0);
  });
});
