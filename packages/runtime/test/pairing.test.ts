import { describe, expect, it } from "vitest";
import fc from "fast-check";
import type { Random } from "@omni/core";
import { OmniError } from "@omni/core";
import type { MapStorePlace } from "@omni/testkit/fakes";
import { createCountingRandom, createManualClock, createMapStorePlace } from "@omni/testkit/fakes";
import type { PairingCode, PairingDesk } from "../src/pairing.ts";
import { createAccessTokens } from "../src/access-tokens.ts";
import { mintPairingCode, redeemPairingCode } from "../src/pairing.ts";

interface Place {
  readonly desk: PairingDesk;
  readonly clock: ReturnType<typeof createManualClock>;
  mint(name?: string): Promise<PairingCode>;
  tryOut(code: string, address?: string): Promise<string>;
}

/** A home; opened again on the same maps it is the home after a restart. */
async function open(maps: MapStorePlace = createMapStorePlace(), clock = createManualClock(), random: Random = createCountingRandom(7)): Promise<Place> {
  const store = await maps.open(clock);
  const tokens = createAccessTokens(store, clock, random);
  const desk = { store, clock, tokens };
  return {
    desk,
    clock,
    mint: (name = "phone") => mintPairingCode({ name, scopes: ["read", "chat"] }, { ...desk, random }),
    tryOut: (code, address = "10.0.0.1") =>
      redeemPairingCode(code, address, desk).then(
        () => "good",
        (error: { readonly retryAfterMs?: number }) => (error.retryAfterMs === undefined ? "bad" : "locked"),
      ),
  };
}

/** A code that is not this one. */
function wrong({ code }: PairingCode, index: number): string {
  const other = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  return `${code.slice(0, 7)}${[...other].filter((letter) => !code.includes(letter))[index] ?? "Z"}${code.slice(8)}`;
}

describe("a pairing code", () => {
  it("has eight characters of an alphabet of 32 and is exchanged once for its token", async () => {
    const { desk, mint, tryOut } = await open();
    const made = await mint();
    expect(made).toEqual({ code: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{8}$/), name: "phone", scopes: ["read", "chat"], expiresAt: desk.clock.now() + 600_000 });
    const { token, name, scopes } = await redeemPairingCode(made.code, "10.0.0.1", desk);
    expect([name, scopes, await desk.tokens.verify(token)]).toEqual(["phone", ["read", "chat"], { id: "token:phone", scopes: ["read", "chat"] }]);
    expect(await tryOut(made.code)).toBe("bad");
    expect(await desk.tokens.list()).toHaveLength(1);
    await desk.tokens.revoke("phone");
    expect([await tryOut(made.code), await desk.tokens.list()]).toEqual(["bad", []]);
  });

  it("is typed as people type", async () => {
    const { mint, tryOut } = await open();
    const { code } = await mint();
    expect(await tryOut(` ${`${code.slice(0, 4)} - ${code.slice(4)}`.toLowerCase().replaceAll("0", "o").replaceAll("1", "l")} `)).toBe("good");
  });

  it("is not kept in the clear", async () => {
    const { desk, mint } = await open();
    const { code } = await mint();
    expect(JSON.stringify(await desk.store.listDocuments("pairing-code"))).not.toContain(code);
  });

  it("is good for ten minutes", async () => {
    const { clock, mint, tryOut } = await open();
    const { code } = await mint();
    await clock.advance(600_000);
    expect(await tryOut(code)).toBe("bad");
  });

  it("is worthless once there is a newer one", async () => {
    const { mint, tryOut } = await open();
    const [first, second] = [await mint(), await mint()];
    expect([await tryOut(first.code), await tryOut(second.code)]).toEqual(["bad", "good"]);
  });

  it("lets one of fifty tries at once through, and counts none of the others as a guess", async () => {
    const { desk, mint, tryOut } = await open();
    const { code } = await mint();
    const results = await Promise.all(Array.from({ length: 50 }, () => tryOut(code)));
    expect(results.filter((result) => result === "good")).toHaveLength(1);
    expect(results.filter((result) => result === "bad")).toHaveLength(49);
    expect(await desk.tokens.list()).toHaveLength(1);
  });

  it("stays good where its token could not be made, for one token", async () => {
    const { desk, mint } = await open();
    const { code } = await mint();
    let isBusy = true;
    const add: PairingDesk["tokens"]["add"] = async (...given) => {
      if (isBusy) throw new OmniError("store.busy", "locked", { retryable: true });
      return desk.tokens.add(...given);
    };
    const failing = { ...desk, tokens: { ...desk.tokens, add } };
    const redeem = (): Promise<{ readonly token: string }> => redeemPairingCode(code, "10.0.0.1", failing);
    await expect(redeem()).rejects.toMatchObject({ code: "store.busy" });
    isBusy = false;
    const both = await Promise.allSettled([redeem(), redeem()]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await desk.tokens.list()).toHaveLength(1);
  });

  it("whose name a token has got meanwhile says so, and is good once that is revoked", async () => {
    const { desk, mint, tryOut } = await open();
    const { code } = await mint();
    await desk.tokens.add("phone", ["read"]);
    await expect(redeemPairingCode(code, "10.0.0.1", desk)).rejects.toMatchObject({ code: "auth.forbidden", message: expect.stringContaining("omni tokens revoke phone") as string });
    await desk.tokens.revoke("phone");
    expect([await tryOut(code), await tryOut(code)]).toEqual(["good", "bad"]);
  });

  it("is not put back over a newer one", async () => {
    const { desk, mint, tryOut } = await open();
    const first = await mint();
    const newer: PairingCode[] = [];
    const add: PairingDesk["tokens"]["add"] = async () => {
      newer.push(await mint());
      throw new OmniError("store.busy", "locked", { retryable: true });
    };
    await expect(redeemPairingCode(first.code, "10.0.0.1", { ...desk, tokens: { ...desk.tokens, add } })).rejects.toMatchObject({ code: "store.busy" });
    expect([await tryOut(first.code), await tryOut(newer[0]?.code ?? "")]).toEqual(["bad", "good"]);
  });

  it("is burnt by five wrong ones and their address locked for an hour, also across restarts", async () => {
    const maps = createMapStorePlace();
    const clock = createManualClock();
    const before = await open(maps, clock);
    const made = await before.mint();
    for (let count = 0; count < 4; count += 1) expect(await before.tryOut(wrong(made, count))).toBe("bad");
    const after = await open(maps, clock);
    expect(await after.tryOut(wrong(made, 5))).toBe("bad");
    expect([await after.tryOut(made.code), await after.tryOut(made.code, "10.0.0.2")]).toEqual(["locked", "bad"]);
    const again = await open(maps, clock, createCountingRandom(9));
    const fresh = await again.mint("tablet");
    expect(await again.tryOut(fresh.code)).toBe("locked");
    await clock.advance(3_600_000);
    expect(await again.tryOut((await again.mint("tablet")).code)).toBe("good");
  });

  it("is burnt by five wrong ones from five addresses too", async () => {
    const { mint, tryOut } = await open();
    const made = await mint();
    for (let count = 0; count < 5; count += 1) await tryOut(wrong(made, count), `10.0.1.${count}`);
    expect(await tryOut(made.code, "10.0.2.1")).toBe("bad");
  });

  it("is not guessed by many tries at once: at most five are compared", async () => {
    const { desk, mint, tryOut } = await open();
    const made = await mint();
    const results = await Promise.all([...Array.from({ length: 40 }, (_, index) => tryOut(wrong(made, index % 20), `10.1.0.${index}`)), tryOut(made.code, "10.1.1.1")]);
    expect([results.at(-1), await desk.tokens.list()]).toEqual(["bad", []]);
  });

  it("survives four wrong ones", async () => {
    const { mint, tryOut } = await open();
    const made = await mint();
    for (let count = 0; count < 4; count += 1) await tryOut(wrong(made, count));
    expect(await tryOut(made.code)).toBe("good");
  });

  it("remembers a bounded number of addresses", async () => {
    const { desk, clock, mint, tryOut } = await open();
    const made = await mint();
    for (let count = 0; count < 300; count += 1) {
      await tryOut(wrong(made, 0), `10.2.${count >> 8}.${count & 255}`);
      await clock.advance(1);
    }
    const kept = (await desk.store.listDocuments("pairing-address")).map(({ id }) => id);
    expect([kept.length, kept.includes("10.2.0.0"), kept.includes("10.2.1.43")]).toEqual([256, false, true]);
  });

  it("fails closed where its documents do not hold what they should", async () => {
    const { desk, mint, tryOut } = await open();
    const { code } = await mint();
    await desk.store.putDocument("pairing-address", "10.0.0.1", "?");
    expect(await tryOut(code)).toBe("locked");
    await desk.store.putDocument("pairing-code", "current", { hash: 1 });
    expect(await tryOut(code, "10.0.0.2")).toBe("bad");
  });

  it("is never anything that was only made up", async () => {
    const { desk, mint } = await open();
    await mint();
    await fc.assert(
      fc.asyncProperty(fc.string(), async (given) => {
        await expect(redeemPairingCode(given, "10.0.0.1", desk)).rejects.toMatchObject({ code: expect.stringMatching(/^(?:auth\.forbidden|request\.too-many)$/) });
      }),
      { numRuns: 30 },
    );
    expect(await desk.tokens.list()).toEqual([]);
  });

  it("needs a name that is free and scopes that are known", async () => {
    const { desk, mint } = await open();
    await desk.tokens.add("phone", ["read"]);
    await expect(mint()).rejects.toMatchObject({ code: "usage.invalid" });
    await expect(mint("a b")).rejects.toMatchObject({ code: "usage.invalid" });
    await expect(mintPairingCode({ name: "x", scopes: ["root"] }, { ...desk, random: createCountingRandom() })).rejects.toMatchObject({ code: "usage.invalid" });
  });
});
