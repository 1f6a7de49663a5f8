import type { Store } from "@omni/core";
import type { ManualClock } from "@omni/testkit/fakes";
import { createFakeHost, createManualClock } from "@omni/testkit/fakes";
import { describeStore } from "@omni/testkit";
import { describe, expect, it } from "vitest";
import { create__Name__Store } from "../src/index.ts";

const url = "https://objects.example/omni.json";

/** A server in this process with room for one text. */
function createServer(text?: string): { readonly fetch: typeof fetch; text(): string | undefined } {
  let version = 0;
  return {
    text: () => text,
    async fetch(_url, init) {
      const tag = `"${version}"`;
      if (init?.method !== "PUT") return text === undefined ? new Response(null, { status: 404 }) : new Response(text, { headers: { etag: tag } });
      const headers = new Headers(init.headers);
      const isCurrent = text === undefined ? headers.get("if-none-match") === "*" : headers.get("if-match") === tag;
      if (!isCurrent) return new Response(null, { status: 412 });
      text = String(init.body);
      version += 1;
      return new Response(null, { status: 201 });
    },
  };
}

function createHost(server: typeof fetch): ReturnType<typeof createFakeHost> {
  return createFakeHost({ egress: { fetch: server, configured: () => server } });
}

describeStore(
  "__name__",
  () => {
    const host = createHost(createServer().fetch);
    const clocks = new Map<Store, ManualClock>();
    return {
      async open(clock) {
        const own = createManualClock();
        const store = create__Name__Store({ url }, { ...host, clock: clock ?? own });
        clocks.set(store, own);
        return store;
      },
      // It sleeps for a minute and a half while the others renew, and then wakes up.
      async lapse(store) {
        const others = [...clocks].filter(([each]) => each !== store).map(([, clock]) => clock);
        for (const clock of [...others, clocks.get(store)]) await clock?.advance(90_000);
      },
      dispose: async () => undefined,
    };
  },
  { abilities: ["leases"], skip: { S72: "leases are judged by the clock of whoever reads them: the clocks of all processes have to be right to some seconds" } },
);

describe("beyond the kit", () => {
  it("a process that was killed is dead when its lease ends, and one that lives is not", async () => {
    const host = createHost(createServer().fetch);
    // A process that is killed renews nothing: its clock stands still.
    const killed = await create__Name__Store({ url }, { ...host, clock: createFakeHost().clock }).join({ kind: "test", pid: 1 });
    const store = create__Name__Store({ url }, host);
    const alive = await store.join({ kind: "test", pid: 2 });
    for (let minutes = 0; minutes < 5; minutes += 1) {
      expect([await store.isAlive(killed.id), await store.isAlive(alive.id)]).toEqual([minutes === 0, true]);
      await host.clock.advance(60_000);
    }
    await store.close();
    expect(host.clock.pending).toBe(0);
  });

  it.each([
    ["damaged", '{"format":1,"turns":', "store.corrupt"],
    ["of something else", "<html>", "store.corrupt"],
    ["of another JSON", "[1]", "store.corrupt"],
    ["of a later format", '{"format":2,"sheets":[]}', "store.newer"],
  ])("a text that is %s is told as %s and left as it is", async (_what, text, code) => {
    const server = createServer(text);
    const store = create__Name__Store({ url }, createHost(server.fetch));
    await expect(store.unfinished()).rejects.toMatchObject({ code });
    await expect(store.putDocument("kind", "id", 1)).rejects.toMatchObject({ code });
    expect(server.text()).toBe(text);
  });

  it("a server that fails, or gives no version, is store.failed with its status", async () => {
    for (const [answer, said] of [[new Response(null, { status: 500 }), "500"], [new Response("{}"), "ETag"]] as const) {
      const store = create__Name__Store({ url }, createHost(async () => answer));
      await expect(store.sessions({ limit: 1 })).rejects.toMatchObject({ code: "store.failed", message: expect.stringContaining(said) });
    }
  });
});
