import { describe, expect, it } from "vitest";
import { calling, hasResult, openGateway, saying, stalling, toolSaying, until } from "./support/open-gateway.ts";

const stuck = { model: (_said: string, _request: unknown, signal: AbortSignal) => stalling(new Promise(() => undefined), signal) };

async function accept(ask: Awaited<ReturnType<typeof openGateway>>["ask"], body: object = { message: "hi" }, transport: "tcp" | "socket" = "tcp"): Promise<string> {
  return ((await (await ask("POST /message?wait=false", { body, transport })).json()) as { turn_id: string }).turn_id;
}

describe("GET /turns/:id", () => {
  it("shows a turn that runs, and one that waits behind it", async () => {
    const { ask, place } = await openGateway(stuck);
    const first = await accept(ask);
    const second = await accept(ask);
    await until(() => (place.state.turns.get(first)?.events.length ?? 0) > 0);
    expect(await (await ask(`GET /turns/${first}`)).json()).toEqual({
      turn_id: first,
      session_id: "http:default",
      status: "running",
      output: "",
      rounds: 0,
      tool_calls: [],
      usage: { input_tokens: 0, output_tokens: 0 },
      error: null,
    });
    expect(await (await ask(`GET /turns/${second}`)).json()).toMatchObject({ turn_id: second, status: "queued" });
  });

  it("shows the end of a turn as its answer did", async () => {
    const tools = [toolSaying("test.say", "x")];
    const { ask } = await openGateway({ tools, model: (_said, request) => (hasResult(request) ? saying("ok") : calling("test.say")) });
    const answer = (await (await ask("POST /message", { body: { message: "hi" } })).json()) as { turn_id: string };
    expect(answer).toMatchObject({ tool_calls: [{ name: "test.say", status: "completed" }] });
    expect(await (await ask(`GET /turns/${answer.turn_id}`)).json()).toEqual(answer);
  });

  it("knows nothing of turns of other entrances, but for scope admin and the owner", async () => {
    const { ask, tokenFor } = await openGateway();
    const turnId = await accept(ask, { message: "hi", session_id: "cli:mine" }, "socket");
    for (const line of [`GET /turns/${turnId}`, `POST /turns/${turnId}/cancel`, "GET /turns/none", `GET /turns/${"x".repeat(500)}`]) {
      const response = await ask(line);
      expect([line, response.status, await response.json()]).toEqual([line, 404, { error: expect.objectContaining({ code: "turn.not-found", message: "There is no such turn." }) }]);
    }
    expect((await ask(`GET /turns/${turnId}`, { token: await tokenFor("read", "admin") })).status).toBe(200);
    expect((await ask(`GET /turns/${turnId}`, { transport: "socket", token: "" })).status).toBe(200);
  });
});

describe("POST /turns/:id/cancel", () => {
  it("stops a turn and says so once it has stopped", async () => {
    const { ask, place } = await openGateway(stuck);
    const pending = ask("POST /message", { body: { message: "hi" } });
    await until(() => [...place.state.turns.values()].some((row) => row.events.length > 0));
    const turnId = [...place.state.turns.keys()][0] ?? "";
    const response = await ask(`POST /turns/${turnId}/cancel`);
    expect([response.status, await response.json()]).toEqual([200, { turn_id: turnId, status: "cancelled" }]);
    const answer = await pending;
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ status: "cancelled", error: expect.objectContaining({ code: "turn.cancelled" }) })]);
  });

  it("changes nothing of a turn that has ended", async () => {
    const { ask, runtime } = await openGateway();
    const turnId = await accept(ask);
    await runtime.follow(turnId)?.outcome;
    expect(await (await ask(`POST /turns/${turnId}/cancel`)).json()).toEqual({ turn_id: turnId, status: "completed" });
  });

  it("does not wait for ever for a turn that will not stop", async () => {
    const { ask, host, place } = await openGateway({ tools: [{ ...toolSaying("test.stay", "x"), execute: () => new Promise(() => undefined) }], model: () => calling("test.stay") });
    const turnId = await accept(ask);
    await until(() => place.state.turns.get(turnId)?.events.some((event) => event.type === "tool-call") === true);
    const pending = ask(`POST /turns/${turnId}/cancel`);
    let isAnswered = false;
    void pending.then(() => (isAnswered = true));
    for (let second = 0; second < 3 && !isAnswered; second += 1) await host.clock.advance(1_000);
    expect((await pending).status).toBe(200);
  });
});
