import type { ModelEvent, ModelRequest } from "@omni/core";
import type { FakeOpenAIReply } from "@omni/testkit/fakes";
import { isOmniError } from "@omni/core";
import { createFakeHost } from "@omni/testkit/fakes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createOpenAIProvider, openAIProviderOptions } from "../src/index.ts";
import { collect, createHarness, toRequest, toText } from "./endpoint-harness.ts";

const tools: ModelRequest["tools"] = [{ name: "files.write", description: "Writes.", inputSchema: { type: "object" }, readOnly: false }];
const reply: FakeOpenAIReply = { text: ["Grüße ", "🙂"], reasoning: "hm", toolCalls: [{ name: "files.write", arguments: { path: "ä.txt" }, id: "call_a" }], usage: { inputTokens: 1, outputTokens: 2 } };
const request = toRequest("write", { tools });
const once = { with: { maxRetries: 0 } };

/** The bytes of a reply as the fake sends them. */
async function toBytes(url: string): Promise<Uint8Array> {
  const response = await fetch(`${url}/chat/completions`, { method: "POST", body: JSON.stringify({ stream: true, stream_options: { include_usage: true } }) });
  return new Uint8Array(await response.arrayBuffer());
}

/** A body of the first bytes that then breaks as a connection does, or merely ends. */
function toBody(bytes: Uint8Array, at: number, end: "broken" | "ended"): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.slice(0, at));
    },
    pull(controller) {
      if (end === "ended") controller.close();
      else controller.error(new TypeError("terminated", { cause: new Error("other side closed") }));
    },
  });
}

/** Reads the reply with its body cut there, without a network, so that every byte can be tried. */
function readCut(bytes: Uint8Array, at: number, end: "broken" | "ended"): ReturnType<typeof collect> {
  const answer = async (): Promise<Response> => new Response(toBody(bytes, at, end), { headers: { "content-type": "text/event-stream" } });
  const host = createFakeHost({ egress: { fetch: answer, configured: () => answer } });
  return collect(createOpenAIProvider(openAIProviderOptions.parse({ model: "m", maxRetries: 0 }), host), request);
}

const isCall = (event: ModelEvent): boolean => event.type === "tool-call";
const isFinish = (event: ModelEvent): boolean => event.type === "finish";
const toOutcome = ({ events, error }: Awaited<ReturnType<typeof collect>>): readonly unknown[] => [isOmniError(error) && error.code, events.filter(isCall).length, events.filter(isFinish).length];

describe("a reply whose connection is broken", () => {
  it("is an error at whichever byte it breaks, and never yields a call or a finish", async () => {
    const { server } = await createHarness({ script: [reply] });
    const bytes = await toBytes(server.url);
    expect(bytes.length).toBeGreaterThan(800);
    for (let at = 0; at < bytes.length; at++) expect([at, ...toOutcome(await readCut(bytes, at, "broken"))]).toEqual([at, "provider.cut", 0, 0]);
  });

  it("is an error where the body merely ends before it says why, and whole after that", async () => {
    const { server } = await createHarness({ script: [reply] });
    const bytes = await toBytes(server.url);
    const outcomes: unknown[] = [];
    for (let at = 0; at <= bytes.length; at++) {
      const outcome = toOutcome(await readCut(bytes, at, "ended"));
      expect([at, outcome]).toEqual([at, outcome[0] === false ? [false, 1, 1] : ["provider.cut", 0, 0]]);
      outcomes.push(outcome[0]);
    }
    expect(outcomes.at(-1)).toBe(false);
    expect(outcomes.indexOf(false)).toBeGreaterThan(bytes.length / 2);
  });

  it("is the same error over a real connection", async () => {
    const { server, provider } = await createHarness({ ...once, script: [reply] });
    const { length } = await toBytes(server.url);
    for (let at = 0; at < length; at += 37) {
      server.script([{ ...reply, cutAfterBytes: at }]);
      expect([at, ...toOutcome(await collect(provider, request))]).toEqual([at, "provider.cut", 0, 0]);
    }
  });
});

/** What a reply tells, however its text came in pieces. */
function toTold({ events, error }: Awaited<ReturnType<typeof collect>>): unknown {
  return { text: toText(events), reasoning: toText(events, "reasoning-delta"), others: events.filter((event) => !event.type.endsWith("-delta")), error };
}

describe("a reply whose bytes are cut oddly", () => {
  const chunking = fc.oneof(fc.constant("whole" as const), fc.constant("bytes" as const), fc.record({ seed: fc.nat() }), fc.record({ size: fc.integer({ min: 1, max: 50 }) }));
  const framing = fc.record({ newline: fc.constantFrom("\n" as const, "\r\n" as const, "\r" as const), comments: fc.boolean(), mark: fc.boolean(), done: fc.boolean() });

  it("reads the same, in every framing", async () => {
    const { server, provider } = await createHarness(once);
    server.script([reply]);
    const plain = await collect(provider, request);
    expect(plain.error).toBeUndefined();
    const told = toTold(plain);
    await fc.assert(
      fc.asyncProperty(chunking, framing, async (cut, odd) => {
        server.script([{ ...reply, chunking: cut, framing: odd}]);
        expect(toTold(await collect(provider, request))).toEqual(told);
      }),
      { numRuns: 30 },
    );
  });

  it("keeps any text and any arguments as they are", async () => {
    const { server, provider } = await createHarness(once);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1, maxLength: 8, unit: "binary" }), { minLength: 1, maxLength: 3 }), fc.string({ maxLength: 12, unit: "binary" }), fc.nat(), async (text, args, seed) => {
        server.script([{ text: ["x", ...text], toolCalls: [{ tool: 0, arguments: args }], chunking: { seed } }]);
        const { events } = await collect(provider, request);
        expect(toText(events)).toBe(`x${text.join("")}`);
        expect(events.find(isCall)).toMatchObject({ call: { arguments: args } });
      }),
      { numRuns: 30 },
    );
  });

  it("takes an event whose data is spread over lines", async () => {
    const { provider } = await createHarness({ ...once, script: [{ rawBody: 'event: chunk\nid: 1\ndata: {"choices":[{"index":0,\ndata: "delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n' }] });
    expect(toText((await collect(provider, request)).events)).toBe("hi");
  });
});

describe("a reply in another form", () => {
  it("is read where the server ignores that a stream was asked for", async () => {
    const { provider } = await createHarness({ ...once, script: [{ ...reply, ignoreStream: true }] });
    const { events } = await collect(provider, request);
    expect(toText(events)).toBe("Grüße 🙂");
    expect(toText(events, "reasoning-delta")).toBe("hm");
    expect(events.slice(-2)).toMatchObject([{ type: "tool-call", call: { name: "files.write" } }, { reason: "tool-calls", usage: { inputTokens: 1, reported: true } }]);
  });

  it("keeps thoughts that are written into the text apart", async () => {
    const { provider } = await createHarness({ ...once, script: [{ text: ["<thi", "nk>wh", "y</thi", "nk>\n\nbecause"] }] });
    const { events } = await collect(provider, request);
    expect([toText(events, "reasoning-delta"), toText(events)]).toEqual(["why", "because"]);
  });

  it("has calls also where the server says stop, and none where it says tool_calls without one", async () => {
    const { provider } = await createHarness({ ...once, script: [{ ...reply, finish: "stop" }, { text: "hi", finish: "tool_calls" }, { text: "hi", finish: "EOS_TOKEN" }] });
    const ends = [await collect(provider, request), await collect(provider, request), await collect(provider, request)].map(({ events }) => events.at(-1));
    expect(ends).toMatchObject([{ reason: "tool-calls" }, { reason: "stop" }, { reason: "stop" }]);
  });

  it.each(["insufficient_system_resource", "abort"])("is cut, and yields no call, where it ends for %j", async (finish) => {
    const { provider } = await createHarness({ ...once, script: [{ ...reply, finish }, { toolCalls: [{ name: "files.write", arguments: "" }], finish }] });
    for (const text of ["Grüße 🙂", ""]) {
      const { events, error } = await collect(provider, request);
      expect([toText(events), events.filter(isCall).length, events.filter(isFinish).length]).toEqual([text, 0, 0]);
      expect(error).toMatchObject({ code: "provider.cut", retryable: true, message: expect.stringContaining(JSON.stringify(finish)) });
    }
  });

  it("is asked for again where it was cut before anything was shown", async () => {
    const { provider } = await createHarness({ script: [{ toolCalls: [{ name: "files.write", arguments: "" }], finish: "abort" }, reply] });
    const { events } = await collect(provider, request);
    expect([toText(events), events.filter(isCall).length]).toEqual(["Grüße 🙂", 1]);
  });

  it("drops its calls where the length limit cut it, in capitals too", async () => {
    const { provider } = await createHarness({ ...once, script: [{ ...reply, finish: "MAX_TOKENS" }] });
    const { events } = await collect(provider, request);
    expect([events.filter(isCall).length, events.at(-1)]).toMatchObject([0, { reason: "length" }]);
  });

  it("drops a call whose arguments the length limit cut away, since none reads as empty ones", async () => {
    const { provider } = await createHarness({ ...once, script: [{ toolCalls: [{ name: "files.write", arguments: "" }], finish: "length" }] });
    expect((await collect(provider, request)).events).toMatchObject([{ type: "finish", reason: "length" }]);
  });
});
