import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { createManualClock } from "@omni/testkit/fakes";
import { createRateLimit, toPeerKey } from "../src/rate-limit.ts";
import { openListening } from "./support/open-listening.ts";

describe("a rate limit", () => {
  it("gives a burst, then what comes back with time, and says how long to wait", async () => {
    const clock = createManualClock();
    const limit = createRateLimit(clock, { burst: 3, perSecond: 2, keys: 10 });
    expect([1, 2, 3, 4].map(() => limit.take("a"))).toEqual([0, 0, 0, 500]);
    expect(limit.take("b")).toBe(0);
    await clock.advance(250);
    expect(limit.take("a")).toBe(250);
    await clock.advance(250);
    expect([limit.take("a"), limit.take("a")]).toEqual([0, 500]);
    await clock.advance(60_000);
    expect([1, 2, 3, 4].map(() => limit.take("a") === 0)).toEqual([true, true, true, false]);
  });

  it("remembers a bounded number of keys, the newest", () => {
    const limit = createRateLimit(createManualClock(), { burst: 1, perSecond: 1, keys: 100 });
    for (let key = 0; key < 10_000; key += 1) limit.take(String(key));
    expect([limit.size, limit.take("9999") > 0, limit.take("0")]).toEqual([100, true, 0]);
  });

  it("never lets more through than a burst and what came back", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2_000), { maxLength: 100 }), (waits) => {
        let now = 0;
        const limit = createRateLimit({ monotonic: () => now }, { burst: 5, perSecond: 2, keys: 2 });
        const taken = waits.filter((wait) => ((now += wait), limit.take("a") === 0)).length;
        expect(taken).toBeLessThanOrEqual(5 + (now / 1_000) * 2);
      }),
    );
  });
});

describe("an address", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:DB8:0001:2::1", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
  ])("%s counts as %s", (address, key) => {
    expect(toPeerKey(address)).toBe(key);
  });
});

describe("bad tokens of one address", () => {
  it("are 429 after a hundred, and a good one is still taken", async () => {
    const { url, token, host } = await openListening();
    const ask = async (given: string): Promise<Response> => fetch(`${url}/asks`, { headers: { authorization: `Bearer ${given}` } });
    const statuses = new Set<number>();
    for (let count = 0; count < 100; count += 1) statuses.add((await ask("omni_wrong")).status);
    expect([...statuses]).toEqual([401]);
    const refused = await ask("omni_wrong");
    expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toEqual([429, "1", { error: expect.objectContaining({ code: "request.too-many" }) }]);
    expect((await ask(token)).status).toBe(200);
    await host.clock.advance(2_000);
    expect((await ask("omni_wrong")).status).toBe(401);
  });
});

describe("one token", () => {
  it("may ask so often and no more, and others go on", async () => {
    const { ask, tokenFor } = await openListening({ gateway: { rates: { requests: { burst: 20, perSecond: 2, keys: 10 } } } });
    const busy = await tokenFor("read");
    for (let count = 0; count < 20; count += 1) expect((await ask("GET /asks", { token: busy })).status).toBe(200);
    const refused = await ask("GET /asks", { token: busy });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await ask("GET /asks")).status).toBe(200);
    expect((await ask("GET /asks", { transport: "socket" })).status).toBe(200);
  });
});
