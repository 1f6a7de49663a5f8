import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OmniErrorCode, Principal, Store, TurnOutcome } from "@omni/core";
import { errorCodes, isOmniError, OmniError } from "@omni/core";
import type { Route } from "../src/route.ts";
import { openGateway } from "./support/open-gateway.ts";
import { openListening } from "./support/open-listening.ts";
import { openSocket } from "./support/open-socket.ts";
import { routeTable } from "../src/route-table.ts";
import { toCallResult } from "../src/mcp/call-result.ts";
import { toErrorResponse } from "../src/responses.ts";

const codes = Object.keys(errorCodes) as OmniErrorCode[];
const scopes = ["read", "chat", "approve", "admin"] as const;
const secret = "sk-planted-5f2c9d";
const planted = `broken at /home/me/.omni/state/omni.db with ${secret}\n    at Object.open (/srv/omni/dist/index.js:1:2)`;

/** What no answer may hold. */
const traces = [secret, "/home/me", "/srv/omni", "index.js", "\n    at "];
const tracesIn = (text: string): readonly string[] => traces.filter((trace) => text.includes(trace) || text.includes(JSON.stringify(trace).slice(1, -1)));

const toLine = ({ method, path }: Route): string => `${method} ${path.replace(/:\w+/g, "x")}`;
const bodies: Readonly<Record<string, object>> = {
  "POST /message": { message: "hi" },
  "POST /v1/chat/completions": { model: "omni", messages: [{ role: "user", content: "hi" }] },
  "POST /pair": { code: "AAAA-AAAA" },
  "POST /asks/x": { decision: "allow" },
};

/** A store that fails at everything it is asked, once it is told to. */
function breakable(error: () => Error): { readonly wrap: (store: Store) => Store; break(): void } {
  let isBroken = false;
  const wrap = (store: Store): Store =>
    new Proxy(store, {
      get(target, name, receiver) {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== "function" || name === "close") return value;
        return (...given: unknown[]) => (isBroken ? Promise.reject(error()) : (Reflect.apply(value, target, given) as unknown));
      },
    });
  return { wrap, break: () => void (isBroken = true) };
}

describe("what is told of an error", () => {
  it("is its code, its sentence and an id, and nothing of a stack or a cause, whoever asks", async () => {
    const somebody = fc.record({ id: fc.string(), scopes: fc.subarray([...scopes]) });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...codes), fc.string(), somebody, async (code, message, principal: Principal) => {
        const error = new OmniError(code, message, { cause: new Error(planted) });
        error.stack = planted;
        const response = toErrorResponse(error, { principal, requestId: "r" });
        const text = await response.text();
        expect(JSON.parse(text)).toEqual({ error: { code, message: expect.any(String), requestId: "r" } });
        expect(tracesIn(text)).toEqual([]);
        expect(Number.isInteger(response.status) && response.status >= 200 && response.status < 600).toBe(true);
      }),
    );
  });

  it("names no path of this machine to whoever is not its owner's equal, by any code that may speak of one", async () => {
    const open = /^(?:message|session|turn|ask|auth|request|provider)\.|^no-model$|^gateway\.draining$|^tool\.invalid-arguments$/;
    for (const code of codes.filter((each) => !open.test(each))) {
      const told = async (principal: Principal): Promise<string> => toErrorResponse(new OmniError(code, planted), { principal, requestId: "r" }).text();
      expect([code, tracesIn(await told({ id: "t", scopes: ["read", "chat", "approve"] }))]).toEqual([code, []]);
      expect([code, tracesIn(await told({ id: "o", scopes: [...scopes] })).length > 0]).toEqual([code, code !== "internal"]);
    }
  });

  it("names none either to an MCP client whose call came to nothing", () => {
    const outcome: TurnOutcome = { status: "failed", sessionId: "http:mcp-1", turnId: "t1", output: "", rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error: { code: "workspace.not-found", message: planted } };
    const told = (given: readonly (typeof scopes)[number][]): string => JSON.stringify(toCallResult([], outcome, { gaveUp: false, principal: { id: "t", scopes: given } }));
    expect(tracesIn(told(["read", "chat", "approve"]))).toEqual([]);
    expect(told(["read", "chat", "approve"])).toContain(errorCodes["workspace.not-found"]);
    expect(tracesIn(told(["admin"]))).toContain("/home/me");
  });

  it("says when to try again with every refusal for now, and with no other", () => {
    for (const code of codes) {
      const response = toErrorResponse(new OmniError(code, "x", { retryAfterMs: 1_500 }), { principal: { id: "t", scopes: [] }, requestId: "r" });
      expect([code, response.headers.get("retry-after")]).toEqual([code, response.status === 429 || response.status === 503 ? "2" : null]);
    }
  });
});

describe("a store that breaks under a request", () => {
  const broken: readonly (readonly [string, () => Error])[] = [
    ["a defect", () => new TypeError(planted)],
    ["an error of its own", () => new OmniError("store.failed", planted)],
    ["an error that wraps a defect", () => new OmniError("store.corrupt", "The store is damaged.", { cause: new Error(planted) })],
  ];

  it.each(broken)("leaves no trace in the answer of any route: %s", async (_what, toError) => {
    const store = breakable(toError);
    const { ask, tokenFor } = await openGateway({ wrapStore: store.wrap });
    const token = await tokenFor("read", "chat", "approve");
    store.break();
    for (const route of routeTable) {
      const line = toLine(route);
      const response = await ask(line, { token, ...(route.body === undefined ? {} : { body: bodies[line] ?? {} }) });
      expect([line, tracesIn(`${await response.text()} ${JSON.stringify([...response.headers])}`)]).toEqual([line, []]);
    }
  });

  it.each(broken)("leaves none in what the owner is told either, but where the words were meant for people: %s", async (_what, toError) => {
    const store = breakable(toError);
    const { ask, host } = await openGateway({ wrapStore: store.wrap });
    store.break();
    for (const route of routeTable) {
      const line = toLine(route);
      const response = await ask(line, { token: "", transport: "socket", ...(route.body === undefined ? {} : { body: bodies[line] ?? {} }) });
      const text = await response.text();
      const isMeant = isOmniError(toError()) && toError().message === planted;
      if (!isMeant) expect([line, tracesIn(text)]).toEqual([line, []]);
      if (text.includes('"internal"')) expect(host.log.lines.some((entry) => entry.fields?.["requestId"] === response.headers.get("x-request-id"))).toBe(true);
    }
  });

  it("leaves none in the frames of a WebSocket", async () => {
    const store = breakable(() => new TypeError(planted));
    const listening = await openListening({ wrapStore: store.wrap });
    const { say, until } = await openSocket(listening);
    await until(({ type }) => type === "hello");
    store.break();
    say({ type: "message", id: "m", message: "hi" });
    const frame = await until((each) => each["id"] === "m");
    expect([frame.type, tracesIn(JSON.stringify(frame))]).toEqual(["error", []]);
  });
});

describe("a turn that breaks", () => {
  it("tells nothing of the defect, in the answer, the stream and the record", async () => {
    const { ask } = await openGateway({
      model: () => {
        throw new TypeError(planted);
      },
    });
    const answer = await ask("POST /message", { body: { message: "hi" } });
    const text = await answer.text();
    const { turn_id } = JSON.parse(text) as { turn_id: string };
    const stream = await (await ask("POST /message", { body: { message: "hi" }, headers: { accept: "text/event-stream" } })).text();
    const record = await (await ask(`GET /turns/${turn_id}`)).text();
    expect([answer.status, ...[text, stream, record].map(tracesIn)]).toEqual([500, [], [], []]);
  });
});
