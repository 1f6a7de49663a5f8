import { describe, expect, it } from "vitest";
import { all } from "./read-all.ts";
import { createClient } from "../src/index.ts";
import { ended, openTold } from "./told-client.ts";
import { serve } from "./serve.ts";

const ask = { ask_id: "a", kind: "question", tool: "x.y", arguments: {}, reason: "", expires_at: "2026-01-01T00:00:00.000Z" };
const strange = { ...ask, kind: "signature" };

/** What is told with words that are not known here, and what is read of it. */
const told = [
  ["text-reset", { reason: "rewound" }, { type: "text-reset", reason: "recovered" }],
  ["tool-result", { call_id: "c", name: "x.y", status: "skipped", preview: "" }, { type: "tool-result", callId: "c", name: "x.y", status: "unknown", preview: "" }],
  ["ask", strange, undefined],
  ["telepathy", { any: "thing" }, undefined],
  ["turn-end", { ...ended, tool_calls: [{ name: "x.y", status: "skipped" }] }, { type: "turn-end", outcome: expect.objectContaining({ output: "all", toolCalls: [{ name: "x.y", status: "unknown" }] }) }],
] as const;
const read = told.flatMap(([, , event]) => event ?? []);

describe("the words of a newer gateway", () => {
  it("are read as the nearest that is known, or passed over, over a WebSocket", async () => {
    const { events, tell } = await openTold();
    for (const [event, data] of told) tell(event, data);
    expect((await all(events)).map(({ event }) => event)).toEqual(read);
  });

  it("are read so over HTTP", async () => {
    const body = [": turn t\n\n", ...told.map(([event, data], index) => `event: ${event}\nid: 1.${index}\ndata: ${JSON.stringify(data)}\n\n`)].join("");
    const events = await createClient({ url: await serve(200, body, { "content-type": "text/event-stream" }) }).stream({ message: "x" });
    expect((await all(events)).map(({ event }) => event)).toEqual(read);
  });

  it("leave out an ask alone, of those that wait", async () => {
    const place = { turn_id: "t", session_id: "http:a" };
    const asks = [{ ...strange, ...place }, { ...ask, ...place }];
    const listed = createClient({ url: await serve(200, JSON.stringify({ asks })) });
    expect((await listed.asks()).map((open) => open.ask.kind)).toEqual(["question"]);
    const waiting = createClient({ url: await serve(200, JSON.stringify({ ...place, status: "waiting", asks })) });
    expect(await waiting.turn("t")).toMatchObject({ status: "waiting", asks: [{ ask: { askId: "a" } }] });
  });

  it("leave out a message alone, of those of a session, and make the fate of a call unknown", async () => {
    const at = "2026-01-01T00:00:00.000Z";
    const call = { name: "x.y", arguments: {}, status: "skipped", preview: "", lines: 0 };
    const messages = [
      { role: "observer", text: "hm", turn_id: "t", at },
      { role: "assistant", text: "ok", turn_id: "t", at, status: "completed", tool_calls: [call] },
    ];
    const page = await createClient({ url: await serve(200, JSON.stringify({ session_id: "http:a", messages, next_before: null })) }).messages("http:a");
    expect(page.messages).toMatchObject([{ role: "assistant", toolCalls: [{ status: "unknown" }] }]);
  });
});

describe("what cannot be read over a WebSocket", () => {
  it.each([
    ["a word is missing", "text-reset", {}],
    ["a field has another type", "text-delta", { text: 7 }],
    ["an end is none", "turn-end", { ...ended, status: "paused" }],
  ])("because %s ends the reading of its turn, after what came before, and of no other", async (_, event, data) => {
    const { live, events, say, tell, heard } = await openTold();
    const following = live.follow("f");
    say({ type: "accepted", id: "2", turn_id: "f", session_id: "http:a", repeat: true });
    const other = await following;
    tell("text-delta", { text: "a" });
    tell(event, data);
    tell("turn-end", { ...ended, turn_id: "f" }, "f");
    const reading = events[Symbol.asyncIterator]();
    expect(await reading.next()).toMatchObject({ value: { event: { text: "a" } } });
    await expect(reading.next()).rejects.toMatchObject({ code: "egress.failed", retryable: false });
    expect(await all(other)).toHaveLength(1);
    await expect.poll(heard).toContainEqual({ id: "leave", type: "leave", turn_id: "t" });
  });

  it("is passed over where nobody reads the turn", async () => {
    const { events, tell, taken } = await openTold();
    tell("text-delta", { text: 7 }, "nobody's");
    tell("turn-end", ended);
    await taken();
    expect(await all(events)).toHaveLength(1);
  });

  it.each([{ type: "accepted" }, { type: "error" }])("is an error of the call that it answers, where that is %j", async (frame) => {
    const { live, events, say, tell } = await openTold();
    const following = live.follow("f");
    say({ ...frame, id: "2" });
    await expect(following).rejects.toMatchObject({ code: "egress.failed" });
    tell("turn-end", ended);
    expect(await all(events)).toHaveLength(1);
  });
});
