import { describe, expect, it } from "vitest";
import type { Store } from "@omni/core";
import type { OpenGateway } from "./support/open-gateway.ts";
import { calling, hasResult, openGateway, stalling, toolSaying } from "./support/open-gateway.ts";

interface Page {
  readonly sessions: readonly { readonly session_id: string }[];
  readonly next_offset: number | null;
}

interface Messages {
  readonly messages: readonly { readonly role: string; readonly text: string; readonly turn_id: string }[];
  readonly next_before: string | null;
}

async function say({ ask }: OpenGateway, message: string, session: string, transport: "tcp" | "socket" = "tcp"): Promise<string> {
  const response = await ask("POST /message", { body: { message, session_id: session }, transport });
  expect(response.status).toBe(200);
  return ((await response.json()) as { turn_id: string }).turn_id;
}

async function get<Shape>({ ask }: OpenGateway, path: string, transport: "tcp" | "socket" = "tcp"): Promise<Shape> {
  const response = await ask(`GET ${path}`, { transport });
  expect(response.status).toBe(200);
  return (await response.json()) as Shape;
}

describe("GET /sessions", () => {
  it("lists sessions of this entrance, latest first, and all of them for the owner", async () => {
    const gateway = await openGateway();
    await say(gateway, "one", "a");
    await gateway.host.clock.advance(1_000);
    await say(gateway, "two", "cli:b", "socket");
    await gateway.host.clock.advance(1_000);
    await say(gateway, "three", "c");
    expect(await get(gateway, "/sessions")).toEqual({
      sessions: [
        { session_id: "http:c", turns: 1, tool_calls: 0, updated_at: expect.stringMatching(/^\d{4}-.*Z$/) },
        { session_id: "http:a", turns: 1, tool_calls: 0, updated_at: expect.any(String) },
      ],
      next_offset: null,
    });
    expect((await get<Page>(gateway, "/sessions", "socket")).sessions.map((each) => each.session_id)).toEqual(["http:c", "cli:b", "http:a"]);
  });

  it("gives every session once, page by page", async () => {
    const gateway = await openGateway();
    for (let index = 0; index < 5; index += 1) {
      await say(gateway, "hi", index === 2 ? "cli:x" : `s${index}`, index === 2 ? "socket" : "tcp");
      await gateway.host.clock.advance(1_000);
    }
    const seen: string[] = [];
    for (let next: number | null = 0; next !== null; ) {
      const page: Page = await get<Page>(gateway, `/sessions?limit=2&offset=${next}`);
      seen.push(...page.sessions.map((each) => each.session_id));
      next = page.next_offset;
    }
    expect(seen).toEqual(["http:s4", "http:s3", "http:s1", "http:s0"]);
  });

  it.each(["limit=0", "limit=501", "limit=-1", "limit=1.5", "limit=x", "offset=-1", "limit=1e3", "limit=99999999999999999999"])("refuses %s", async (query) => {
    const { ask } = await openGateway();
    const response = await ask(`GET /sessions?${query}`);
    expect([response.status, await response.json()]).toEqual([400, { error: expect.objectContaining({ code: "request.invalid" }) }]);
  });
});

describe("GET /sessions/:id/messages", () => {
  it("shows both sides of each turn, oldest first, with calls and how they went", async () => {
    const gateway = await openGateway({ tools: [toolSaying("test.say", "x\ny")], model: (_said, request) => (hasResult(request) ? stalling(Promise.resolve(), new AbortController().signal, "done") : calling("test.say", { a: 1 })) });
    const turnId = await say(gateway, "hi", "a");
    expect(await get(gateway, "/sessions/http:a/messages")).toEqual({
      session_id: "http:a",
      messages: [
        { role: "user", text: "hi", turn_id: turnId, at: expect.stringMatching(/Z$/) },
        { role: "assistant", text: "done", turn_id: turnId, at: expect.stringMatching(/Z$/), status: "completed", tool_calls: [{ name: "test.say", arguments: { a: 1 }, status: "completed", preview: "x\ny", lines: 2 }] },
      ],
      next_before: null,
    });
  });

  it("goes back turn by turn", async () => {
    const gateway = await openGateway();
    for (const word of ["one", "two", "three"]) await say(gateway, word, "a");
    const newest = await get<Messages>(gateway, "/sessions/a/messages?limit=2");
    expect(newest.messages.filter(({ role }) => role === "user").map(({ text }) => text)).toEqual(["two", "three"]);
    const older = await get<Messages>(gateway, `/sessions/a/messages?limit=2&before=${newest.next_before}`);
    expect([older.messages.map(({ text }) => text), older.next_before]).toEqual([["one", "You said: one"], null]);
  });

  it("ends a page before the turn that passes its bound in characters, has one at least, and gives all of them page by page", async () => {
    const gateway = await openGateway({ gateway: { maxBodyBytes: 2_097_152 } });
    const words = ["one", "two", "three", "four", "five"];
    // A quotation mark has two characters in JSON: two such turns fit, and not a third.
    for (const word of words) await say(gateway, word + '"'.repeat(900_000), "a");
    const pages: string[][] = [];
    for (let before = ""; ; ) {
      const page = await get<Messages>(gateway, `/sessions/a/messages?limit=500${before}`);
      pages.unshift(page.messages.filter(({ role }) => role === "user").map(({ text }) => text.replaceAll('"', "")));
      if (page.next_before === null) break;
      before = `&before=${page.next_before}`;
    }
    expect(pages).toEqual([["one"], ["two", "three"], ["four", "five"]]);
  });

  it("reads no more than twenty turns at once, and one more than it shows in all", async () => {
    const limits: number[] = [];
    const wrapStore = (store: Store): Store => ({ ...store, turns: (sessionId, options) => (limits.push(options.limit), store.turns(sessionId, options)) });
    const gateway = await openGateway({ wrapStore });
    const ids: string[] = [];
    for (let index = 0; index < 45; index += 1) ids.push(await say(gateway, `${index}`, "a"));
    const read = async (limit: number): Promise<readonly [readonly number[], readonly string[], string | null]> => {
      limits.length = 0;
      const page = await get<Messages>(gateway, `/sessions/a/messages?limit=${limit}`);
      return [[...limits], page.messages.filter(({ role }) => role === "user").map((each) => each.turn_id), page.next_before];
    };
    expect(await read(45)).toEqual([[20, 20, 6], ids, null]);
    expect(await read(44)).toEqual([[20, 20, 5], ids.slice(1), ids[1]]);
    expect(await read(1)).toEqual([[2], ids.slice(44), ids[44]]);
  });

  it("shows a turn that has not ended as it stands", async () => {
    const gateway = await openGateway({ model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    await gateway.ask("POST /message?wait=false", { body: { message: "hi", session_id: "a" } });
    const { messages } = await get<Messages>(gateway, "/sessions/a/messages");
    expect(messages[1]).toMatchObject({ role: "assistant", text: "", at: null, status: expect.stringMatching(/queued|running/) });
  });

  it.each(["/sessions/none/messages", "/sessions/cli:b/messages", "/sessions/cli%3Ab/messages"])("is 404 for one that is not there or not seen: %s", async (path) => {
    const gateway = await openGateway();
    await say(gateway, "hi", "cli:b", "socket");
    const response = await gateway.ask(`GET ${path}`);
    expect([response.status, await response.json()]).toEqual([404, { error: { code: "session.not-found", message: "There is no such session.", requestId: expect.any(String) } }]);
  });

  it.each(["/sessions/%00/messages", "/sessions/%20/messages", "/sessions/%ff/messages", "/sessions/a/messages?before=%2e%2e%2f", "/sessions/a/messages?limit=0"])("refuses %s", async (path) => {
    const gateway = await openGateway();
    await say(gateway, "hi", "a");
    expect([400, 404]).toContain((await gateway.ask(`GET ${path}`)).status);
  });
});

describe("DELETE /sessions/:id", () => {
  it("erases it everywhere, once", async () => {
    const gateway = await openGateway();
    await say(gateway, "a secret", "a");
    const token = await gateway.tokenFor("admin");
    const response = await gateway.ask("DELETE /sessions/http:a", { token });
    expect([response.status, await response.json()]).toEqual([200, { session_id: "http:a", deleted: true }]);
    expect((await gateway.ask("DELETE /sessions/http:a", { token })).status).toBe(404);
    expect((await gateway.ask("GET /sessions/http:a/messages")).status).toBe(404);
  });

  it("is refused while a turn of it runs", async () => {
    const gateway = await openGateway({ model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    await gateway.ask("POST /message?wait=false", { body: { message: "hi", session_id: "a" } });
    const response = await gateway.ask("DELETE /sessions/a", { transport: "socket" });
    expect([response.status, await response.json()]).toEqual([409, { error: expect.objectContaining({ code: "session.busy" }) }]);
  });
});
