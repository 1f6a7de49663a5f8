import { describe, expect, it } from "vitest";
import type { Listening } from "./support/open-listening.ts";
import type { Model } from "./support/open-gateway.ts";
import type { Told } from "./support/open-socket.ts";
import { allEvents } from "./support/read-events.ts";
import { echo, openGateway, stalling } from "./support/open-gateway.ts";
import { openListening } from "./support/open-listening.ts";
import { openSocket } from "./support/open-socket.ts";

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly retryAfter: string | null;
}

async function post({ url, token }: Pick<Listening, "url" | "token">, body: object, { query = "", headers = {} }: { readonly query?: string; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Answer> {
  const response = await fetch(`${url}/message${query}`, { method: "POST", body: JSON.stringify(body), headers: { authorization: `Bearer ${token}`, "content-type": "application/json", connection: "close", ...headers } });
  return { status: response.status, body: (await response.json()) as Answer["body"], retryAfter: response.headers.get("retry-after") };
}

/** Does something with many things, a few at a time. */
async function inLanes<T>(things: readonly T[], lanes: number, work: (thing: T) => Promise<void>): Promise<void> {
  const left = [...things];
  const lane = async (): Promise<void> => {
    for (let thing = left.shift(); thing !== undefined; thing = left.shift()) await work(thing);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** A model that keeps those waiting who say "flood", until it is let go. */
function holding(): { readonly model: Model; open(): void } {
  const gate = Promise.withResolvers<void>();
  return { model: (said, _request, signal) => (said.startsWith("flood") ? stalling(gate.promise, signal, "done") : echo(said, _request, signal)), open: gate.resolve };
}

describe("what comes out of order, again, or is taken back while it waits", () => {
  it("RL-39 runs in the order in which it was taken, once, and not at all where it was taken back", async () => {
    const { model, open } = holding();
    const asked: string[] = [];
    const listening = await openListening({ model: (said, request, signal) => (asked.push(said), model(said, request, signal)) });
    const taken = async (message: string, key: string): Promise<string> => String((await post(listening, { message }, { query: "?wait=false", headers: { "idempotency-key": key } })).body["turn_id"]);
    const ids = [await taken("flood", "0"), await taken("three", "3"), await taken("one", "1"), await taken("two", "2")];
    const [again, edited] = [await post(listening, { message: "one" }, { headers: { "idempotency-key": "1" } }), await post(listening, { message: "ONE" }, { headers: { "idempotency-key": "1" } })];
    expect([again.status, again.body["turn_id"], edited.status]).toEqual([409, ids[2], 422]);
    const back = await listening.ask(`POST /turns/${ids[3]}/cancel`);
    expect(await back.json()).toMatchObject({ turn_id: ids[3], status: "cancelled" });
    open();
    expect((await post(listening, { message: "last" })).body["output"]).toBe("You said: last");
    expect(asked).toEqual(["flood", "three", "one", "last"]);
  });
});

describe("a flood", () => {
  it("RL-40 of a thousand messages to one session fills a bounded queue, tells each sender at once what became of it, and harms no other session", async () => {
    const { model, open } = holding();
    const listening = await openListening({ model, agent: { maxQueuedTurns: 100, maxConcurrentTurns: 2 } });
    const answers: Answer[] = [];
    const flooding = inLanes(Array.from({ length: 1_000 }, (_, index) => `flood ${index}`), 16, async (message) => void answers.push(await post(listening, { message, session_id: "full" }, { query: "?wait=false" })));
    for (let count = 0; count < 10; count += 1) expect((await post(listening, { message: `calm ${count}`, session_id: "calm" })).body["output"]).toBe(`You said: calm ${count}`);
    await flooding;
    const [taken, refused] = [answers.filter(({ status }) => status === 202), answers.filter(({ status }) => status !== 202)];
    // One runs, and whether it had begun when the last of the hundred came is chance.
    expect([100, 101]).toContain(taken.length);
    expect(new Set(refused.map(({ status, retryAfter, body }) => `${status} ${retryAfter} ${JSON.stringify((body["error"] as { code: string }).code)}`))).toEqual(new Set(['429 5 "session.full"']));
    expect(refused[0]?.body["error"]).toMatchObject({ message: expect.stringMatching(/^100 messages wait in this session already, and this one was not taken; .*\/stop/) });
    expect((await post(listening, { message: "/stop", session_id: "full" })).body["output"]).toBe(`Stopped ${taken.length} turns of this session.`);
    open();
    expect((await post(listening, { message: "and now", session_id: "full" })).body["output"]).toBe("You said: and now");
  });

  it("RL-40 that is let in is answered to its last message, in order, each once", async () => {
    const { model, open } = holding();
    const asked: string[] = [];
    const listening = await openListening({ model: (said, request, signal) => (asked.push(said), model(said, request, signal)) });
    const ids: string[] = [];
    for (let index = 0; index < 200; index += 1) ids.push(String((await post(listening, { message: `flood ${index}` }, { query: "?wait=false" })).body["turn_id"]));
    open();
    expect((await post(listening, { message: "last" })).status).toBe(200);
    expect(asked).toEqual([...ids.map((_, index) => `flood ${index}`), "last"]);
    for (const id of ids) expect((await listening.runtime.turn(id))?.outcome?.status).toBe("completed");
  });

  it("RL-40 of frames on one socket gets an answer to each, and the socket lives", async () => {
    const { model } = holding();
    const listening = await openListening({ model, agent: { maxQueuedTurns: 20 } });
    const { say, until, frames } = await openSocket(listening);
    for (let index = 0; index < 500; index += 1) say({ type: "message", id: `m${index}`, message: "flood" });
    await until((frame) => frame["id"] === "m499");
    const answers = frames.filter(({ type }) => type === "accepted" || type === "error");
    expect(answers).toHaveLength(500);
    expect(new Set(answers.map(({ error }) => (error as { code: string } | undefined)?.code))).toEqual(new Set([undefined, "session.full"]));
    expect(frames.find(({ type }) => type === "error")?.["error"]).toMatchObject({ code: "session.full", retry_after_ms: 5_000, message: expect.stringContaining("not taken") });
    say({ type: "message", id: "calm", message: "hi", session_id: "calm" });
    await until((frame: Told) => frame["event"] === "turn-end" && frame["session_id"] === "http:calm");
  });
});

describe("a message that is huge", () => {
  it("RL-41 is answered up to a mebibyte, refused with what to do beyond it, and leaves the session usable", async () => {
    const listening = await openListening({ gateway: { maxBodyBytes: 8_388_608 } });
    const long = "a".repeat(1_048_576);
    const [fits, beyond, wide, body] = [await post(listening, { message: long }), await post(listening, { message: `${long}a` }), await post(listening, { message: "\u{1F469}".repeat(262_145) }), await post(listening, { message: long.repeat(9) })];
    expect([fits.status, beyond.status, wide.status, body.status]).toEqual([200, 413, 413, 413]);
    expect([beyond, wide, body].map((answer) => (answer.body["error"] as { code: string; message: string }))).toEqual([
      { code: "message.too-large", message: expect.stringContaining("put it into a file"), requestId: expect.any(String) },
      { code: "message.too-large", message: expect.stringContaining("put it into a file"), requestId: expect.any(String) },
      { code: "request.too-large", message: expect.any(String), requestId: expect.any(String) },
    ]);
    expect((await post(listening, { message: "still there?" })).body["output"]).toBe("You said: still there?");
    expect(listening.place.state.turns.size).toBe(2);
  });
});

/** Texts that programs stumble over. */
const torture: readonly (readonly [string, string])[] = [
  ["letters with a hundred marks", `a${"\u0301\u0316".repeat(50)}`],
  ["a family of four and flags", "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466} \u{1F1E9}\u{1F1EA} \u{1F3F4}\u{E0067}\u{E0062}\u{E007F}"],
  ["writing from right to left, with overrides", "\u202Eabc\u202C \u0627\u0644\u0639 \u2067x\u2069 \u200F"],
  ["line ends of all kinds", "a\r\nb\rc\nd\u2028e\u2029f\u0085g\u000Bh\u000Ci"],
  ["lines that look like events", "\n\nevent: turn-end\ndata: {}\n\nid: 9.9\n: x\nretry: 0\n\n"],
  ["what is no character, and marks of byte order", "\uFEFFa\uFFFE\uFFFF\u{1FFFE}\u{10FFFF}\uFDD0"],
  ["the end of one plane and the beginning of the next", "\uD7FF\uE000\u{10000}\u{10FFFF}"],
  ["controls that terminals obey", "\u001B[2J\u001B]0;x\u0007\u0008\u007F\u009B31m"],
  ["one word in two forms", "\u00E9 e\u0301 \u212B \u00C5 \uFB01"],
  ["letters whose case is odd", "\u0130\u0131 \u00DF\u1E9E \u01C5 \u03C2"],
  ["what looks like something else", "\u0430dmin \u200Badmin \u2044etc\u2044passwd \uFF0Fetc"],
  ["quotes and escapes", "\\ \\u0000 \" ' ` ${x} {{x}} %s %00 </script> <!-- \\x1b"],
  ["words of models", "<|im_start|>system\n</tool_result> [INST] <<SYS>>"],
];

describe("a message in odd letters", () => {
  it.each(torture)("RL-42 comes back as it was sent, as JSON, as a stream, by frames and from the record: %s", async (_what, text) => {
    const listening = await openListening();
    const answer = await post(listening, { message: text, session_id: "odd" });
    expect([answer.status, answer.body["output"]]).toEqual([200, `You said: ${text}`]);
    const stream = await allEvents(await listening.ask("POST /message", { body: { message: text, session_id: "odd" }, headers: { accept: "text/event-stream" } }));
    expect(stream.filter(({ event }) => event === "text-delta").map(({ data }) => (data as { text: string }).text).join("")).toBe(`You said: ${text}`);
    const { say, until } = await openSocket(listening);
    say({ type: "message", message: text, session_id: "odd" });
    expect((await until((frame) => frame["event"] === "turn-end"))["data"]).toMatchObject({ output: `You said: ${text}` });
    const record = (await (await listening.ask("GET /sessions/http:odd/messages")).json()) as { messages: { role: string; text: string }[] };
    expect(record.messages.filter(({ role }) => role === "user").map((each) => each.text)).toEqual([text, text, text]);
  });

  it.each([
    ["half of a pair", '{"message":"a\\ud83d"}'],
    ["the other half", '{"message":"\\udc00a"}'],
    ["halves in the wrong order", '{"message":"\\udc00\\ud83d"}'],
    ["a NUL", '{"message":"a\\u0000b"}'],
  ])("RL-42 is refused where it is no text, and nothing of it is kept: %s", async (_what, raw) => {
    const { ask, place } = await openGateway();
    const response = await ask("POST /message", { raw });
    expect([response.status, await response.json(), place.state.turns.size]).toEqual([400, { error: expect.objectContaining({ code: "message.invalid" }) }, 0]);
  });

  it("RL-42 names sessions apart whose names only look alike", async () => {
    const listening = await openListening();
    const names = ["\u00E9", "e\u0301", "E\u0301", "\u0435", "e"];
    for (const name of names) await post(listening, { message: "hi", session_id: name });
    const { sessions } = (await (await listening.ask("GET /sessions")).json()) as { sessions: { session_id: string; turns: number }[] };
    expect(new Map(sessions.map(({ session_id, turns }) => [session_id, turns]))).toEqual(new Map(names.map((name) => [`http:${name}`, 1])));
  });
});

describe("a message that says nothing", () => {
  it.each(["", " ", "\n\t\r\n", "\u00A0\u2003\u3000", "\uFEFF", "\u200B\u200C\u200D\u2060", "\u00AD\u034F\uFE0F", "\u{E0020}\u{E007F}"])("RL-43 is refused before it costs anything: %j", async (message) => {
    const listening = await openListening({ model: () => Promise.reject(new Error("a model was asked")) as never });
    const answer = await post(listening, { message });
    expect([answer.status, answer.body]).toEqual([400, { error: { code: "message.empty", message: expect.stringContaining("say what to do"), requestId: expect.any(String) } }]);
    const { say, until } = await openSocket(listening);
    say({ type: "message", id: "m", message });
    expect((await until((frame) => frame["id"] === "m"))["error"]).toMatchObject({ code: "message.empty" });
    expect(listening.place.state.turns.size).toBe(0);
  });

  it.each(["", "{}", '{"message":null}', "[]", "null"])("RL-43 is refused where there is none: %j", async (raw) => {
    const { ask, place } = await openGateway();
    const response = await ask("POST /message", { raw, headers: { "content-type": "application/json" } });
    expect([response.status, place.state.turns.size]).toEqual([400, 0]);
  });
});
