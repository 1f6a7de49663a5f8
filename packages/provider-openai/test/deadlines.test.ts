import { describe, expect, it } from "vitest";
import { collect, createHarness, toRequest } from "./endpoint-harness.ts";

const timeouts = { connectMs: 1_000, firstByteMs: 4_000, idleMs: 3_000 };

describe("deadlines", () => {
  it("end a call whose first byte does not come, and ask once more", async () => {
    const { server, host, provider } = await createHarness({ script: () => ({ stall: "before" }), with: { timeouts, maxRetries: 5 } });
    const reading = collect(provider, toRequest("hi"));
    for (const count of [1, 2]) {
      const { closed } = await server.requested(count);
      await host.clock.advance(4_999);
      expect(server.chats).toHaveLength(count);
      await host.clock.advance(1);
      expect(await closed).toBe("broken");
    }
    const { events, error } = await reading;
    expect(events).toEqual([]);
    expect(error).toMatchObject({ code: "provider.stalled", retryable: true, message: expect.stringContaining("5 s") });
    expect(server.chats).toHaveLength(2);
    expect(host.clock.pending).toBe(0);
  });

  it("end a call that sends its headers and nothing more", async () => {
    const { server, host, provider } = await createHarness({ script: [{ text: "never", endAfterBytes: 0, stall: "after-first" }], with: { timeouts, maxRetries: 0 } });
    const reading = collect(provider, toRequest("hi"));
    await server.requested(1);
    await host.clock.advance(5_000);
    expect((await reading).error).toMatchObject({ code: "provider.stalled", message: expect.stringContaining("sent nothing") });
  });

  it("end a reply that goes silent, without asking again", async () => {
    const { server, host, provider } = await createHarness({ script: [{ text: ["a ", "b"], stall: "after-first" }], with: { timeouts } });
    const stream = provider.stream(toRequest("hi"), new AbortController().signal)[Symbol.asyncIterator]();
    expect((await stream.next()).value).toEqual({ type: "text-delta", text: "a " });
    const next = stream.next();
    next.catch(() => undefined);
    await host.clock.advance(2_999);
    expect(host.clock.pending).toBe(1);
    await host.clock.advance(1);
    await expect(next).rejects.toMatchObject({ code: "provider.stalled", message: expect.stringContaining("silent within a reply") });
    expect(await server.chats[0]?.closed).toBe("broken");
    expect(server.chats).toHaveLength(1);
  });

  it("do not count the time a slow reader takes", async () => {
    const { host, provider } = await createHarness({ script: [{ text: ["a ", "b"] }], with: { timeouts } });
    const types: string[] = [];
    for await (const event of provider.stream(toRequest("hi"), new AbortController().signal)) {
      types.push(event.type);
      await host.clock.advance(60_000);
    }
    expect(types).toEqual(["text-delta", "finish"]);
    expect(host.clock.pending).toBe(0);
  });

  it("hold for the body of an error too", async () => {
    const { server, host, provider } = await createHarness({ script: [{ status: 500, stall: "after-first" }], with: { timeouts, maxRetries: 0 } });
    const reading = collect(provider, toRequest("hi"));
    await server.requested(1);
    await host.clock.advance(5_000);
    await host.clock.advance(3_000);
    expect((await reading).error).toMatchObject({ retryable: true });
  });
});
