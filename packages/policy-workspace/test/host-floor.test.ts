import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPrivateHost, toHostName } from "../src/host-floor.ts";

const isPrivate = (host: string): boolean => {
  const name = toHostName(host);
  return name === undefined || isPrivateHost(name);
};

/** Spellings of one address that the parser of URLs takes for the same. */
function toSpellings(address: number): readonly string[] {
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  const mapped = `::ffff:${Math.floor(address / 65_536).toString(16)}:${(address % 65_536).toString(16)}`;
  return [parts.join("."), String(address), `0x${address.toString(16)}`, `0${address.toString(8)}`, parts.map((part) => `0${part.toString(8)}`).join("."), `${parts.slice(0, 3).join(".")}.${parts[3]}.`, mapped, `[${mapped}]:80`];
}

describe("a host", () => {
  it("has one spelling", () => {
    expect([toHostName("EXAMPLE.com.:443"), toHostName("::1"), toHostName("0x7f.1"), toHostName("bücher.example")]).toEqual(["example.com", "[::1]", "127.0.0.1", "xn--bcher-kva.example"]);
    for (const host of ["", " ", "a b", "http://a.b", "a@b.c", "a/b", "a#b", "a?b", "[::1", "fe80::1%eth0", "."]) expect(toHostName(host)).toBeUndefined();
  });

  it.each([
    ["10.0.0.0", "10.255.255.255"],
    ["127.0.0.0", "127.255.255.255"],
    ["172.16.0.0", "172.31.255.255"],
    ["192.168.0.0", "192.168.255.255"],
    ["169.254.0.0", "169.254.255.255"],
    ["100.64.0.0", "100.127.255.255"],
    ["224.0.0.0", "255.255.255.255"],
  ])("from %s to %s is private in every spelling", (first, last) => {
    const toNumber = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    fc.assert(
      fc.property(fc.integer({ min: toNumber(first), max: toNumber(last) }), (address) => {
        for (const spelling of toSpellings(address)) expect([spelling, isPrivate(spelling)]).toEqual([spelling, true]);
      }),
      { examples: [[toNumber(first)], [toNumber(last)]] },
    );
  });

  it("is judged alike in every spelling of an address", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (address) => {
        const [plain = "", ...others] = toSpellings(address);
        for (const spelling of others) expect([spelling, isPrivate(spelling)]).toEqual([spelling, isPrivate(plain)]);
      }),
    );
  });

  it("of the sixth version is public in global unicast only, outside tunnels and documentation", () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.tuple(group, group, group, group, group, group, group, group), (groups) => {
        const [first, second] = groups;
        const address = groups.map((each) => each.toString(16)).join(":");
        const isOutside = first < 0x2000 || first > 0x3fff;
        if (isOutside) expect([address, isPrivate(address)]).toEqual([address, true]);
        else if (first > 0x2002 && first < 0x3fff) expect([address, isPrivate(address)]).toEqual([address, false]);
        else expect(second).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
    expect(["2001:db8::1", "2002::1", "2001::1", "3fff::1", "fc00::1"].map(isPrivate)).toEqual([true, true, true, true, true]);
    expect(["2001:4860:4860::8888", "2a00::1", "64:ff9b::808:808"].map(isPrivate)).toEqual([false, false, false]);
  });

  it("never throws and is public only by a name with a dot or a public address", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (host) => {
        if (!isPrivate(host)) expect(toHostName(host)).toMatch(/^\[.*\]$|\./);
      }),
    );
  });
});
