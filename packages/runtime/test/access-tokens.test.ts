import { describe, expect, it } from "vitest";
import type { Store } from "@omni/core";
import { createCountingRandom, createManualClock, createMapStore } from "@omni/testkit/fakes";
import type { AccessTokens } from "../src/access-tokens.ts";
import { createAccessTokens } from "../src/access-tokens.ts";

function open(): { readonly tokens: AccessTokens; readonly store: Store; readonly clock: ReturnType<typeof createManualClock> } {
  const clock = createManualClock();
  const store = createMapStore(clock);
  return { tokens: createAccessTokens(store, clock, createCountingRandom()), store, clock };
}

/** Lets what nobody waits for come to its end. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("access tokens", () => {
  it("are shown once and kept as a hash", async () => {
    const { tokens, store } = open();
    const { token, name } = await tokens.add("phone", ["chat", "read"]);
    expect(token).toMatch(/^omni_[\w-]{43}$/);
    expect(await tokens.verify(token)).toEqual({ id: "token:phone", scopes: ["read", "chat"] });
    expect(JSON.stringify(await store.listDocuments("access-token"))).not.toContain(token.slice(5));
    expect(await tokens.revoke(name)).toBe(true);
    expect([await tokens.verify(token), await tokens.revoke(name), await tokens.list()]).toEqual([undefined, false, []]);
  });

  it("are worthless from the moment they expire", async () => {
    const { tokens, clock } = open();
    const { token } = await tokens.add("guest", ["read"], { lastsMs: 1_000 });
    await clock.advance(999);
    expect(await tokens.verify(token)).toBeDefined();
    await clock.advance(1);
    expect(await tokens.verify(token)).toBeUndefined();
    expect(await tokens.list()).toEqual([expect.objectContaining({ name: "guest", expiresAt: clock.now() })]);
  });

  it("remember to a minute when they were last used, at one write a minute", async () => {
    const { tokens, store, clock } = open();
    const { token } = await tokens.add("phone", ["read"]);
    expect((await tokens.list())[0]).not.toHaveProperty("lastUsedAt");
    const begun = clock.now();
    const versionOf = async (): Promise<number | undefined> => (await store.listDocuments("access-token"))[0]?.version;
    const versions = new Set([await versionOf()]);
    for (const wait of [0, 10_000, 10_000]) {
      await clock.advance(wait);
      await tokens.verify(token);
      await settled();
      versions.add(await versionOf());
    }
    expect([(await tokens.list())[0]?.lastUsedAt, versions.size]).toEqual([begun, 2]);
    await clock.advance(60_000);
    await tokens.verify(token);
    await settled();
    expect((await tokens.list())[0]?.lastUsedAt).toBe(clock.now());
  });

  it("do not come back when they are revoked while they are used", async () => {
    const { clock, store } = open();
    const gate = Promise.withResolvers<void>();
    const slow: Store = { ...store, putDocument: (kind, id, value, version) => (version === 0 ? store.putDocument(kind, id, value, version) : gate.promise.then(() => store.putDocument(kind, id, value, version))) };
    const tokens = createAccessTokens(slow, clock, createCountingRandom());
    const { token } = await tokens.add("phone", ["read"]);
    await tokens.verify(token);
    await tokens.revoke("phone");
    gate.resolve();
    await settled();
    expect([await tokens.verify(token), await tokens.list()]).toEqual([undefined, []]);
  });

  it("have a name each, also where two are made at once", async () => {
    const { tokens } = open();
    const made = await Promise.allSettled([tokens.add("phone", ["read"]), tokens.add("phone", ["admin"]), tokens.add("laptop", ["read"])]);
    expect(made.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(made[1]).toMatchObject({ reason: { code: "usage.invalid", message: expect.stringContaining("phone") } });
    expect((await tokens.list()).map(({ name, scopes }) => [name, scopes]).toSorted()).toEqual([["laptop", ["read"]], ["phone", ["read"]]]);
  });

  it("leave nothing behind when they are revoked, and their name free", async () => {
    const { tokens, store } = open();
    for (let round = 0; round < 2; round += 1) {
      await tokens.add("phone", ["read"]);
      expect(await tokens.revoke("phone")).toBe(true);
      expect([await store.listDocuments("access-token"), await store.listDocuments("access-token-name")]).toEqual([[], []]);
    }
  });

  it.each([{ hash: "of a token that has gone" }, "x", null])("get a name that a process which ended midway left at %j", async (left) => {
    const { tokens, store } = open();
    await store.putDocument("access-token-name", "phone", left);
    const made = await Promise.allSettled([tokens.add("phone", ["read"]), tokens.add("phone", ["read"])]);
    expect(made.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await tokens.list()).toHaveLength(1);
  });

  it("are all revoked where a home has several of one name", async () => {
    const { tokens, store } = open();
    const { token } = await tokens.add("phone", ["read"]);
    const [first] = await store.listDocuments("access-token");
    await store.putDocument("access-token", "another", first?.value ?? null);
    expect([await tokens.revoke("phone"), await tokens.verify(token), await tokens.list()]).toEqual([true, undefined, []]);
  });

  it.each([
    ["a b", ["read"], {}],
    ["", ["read"], {}],
    ["../x", ["read"], {}],
    ["x", [], {}],
    ["x", ["root"], {}],
    ["x", ["read"], { lastsMs: 0 }],
    ["x", ["read"], { lastsMs: Number.NaN }],
    ["x", ["read"], { lastsMs: -1 }],
  ])("refuse the name %j with scopes %j and %j", async (name, scopes, options) => {
    const { tokens } = open();
    await expect(tokens.add(name, scopes, options)).rejects.toMatchObject({ code: "usage.invalid" });
  });

  it("let nobody in by a document that does not hold what it should", async () => {
    const { tokens, store } = open();
    const { token } = await tokens.add("phone", ["read"]);
    const id = (await store.listDocuments("access-token"))[0]?.id ?? "";
    for (const value of [null, "x", [], { name: "phone" }, { name: "phone", scopes: ["read"], createdAt: 1, expiresAt: "never" }]) {
      await store.putDocument("access-token", id, value);
      expect(await tokens.verify(token)).toBeUndefined();
    }
  });
});
