import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isGlobalAddress } from "../../src/host/address-class.ts";

describe("an address", () => {
  it("of the open internet is one", () => {
    for (const address of ["8.8.8.8", "1.1.1.1", "93.184.216.34", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]) {
      expect(isGlobalAddress(address), address).toBe(true);
    }
  });

  it("of a machine, a private network or a reserved block is none", () => {
    for (const address of ["0.0.0.0", "10.0.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.0.0.192", "168.63.129.16", "192.88.99.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "2002:7f00:1::", "3fff::1", "5f00::1", "100::1", "4000::1"]) {
      expect(isGlobalAddress(address), address).toBe(false);
    }
  });

  it("of IPv4 inside of IPv6 is judged as what it carries", () => {
    for (const address of ["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:a9fe:a9fe", "0:0:0:0:0:ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::7f00:1", "::127.0.0.1", "::7f00:1", "::8.8.8.8"]) expect(isGlobalAddress(address), address).toBe(false);
  });

  it("that is no address, or carries a zone, is none", () => {
    for (const text of ["", "localhost", "1.2.3", "1.2.3.4.5", "0x7f.1", "fe80::1%eth0", "2606:4700::1111%1", "[::1]", "8.8.8.8 "]) expect(isGlobalAddress(text), text).toBe(false);
  });

  it("carried in IPv6 is never more open than by itself", () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(byte, byte, byte, byte, (a, b, c, d) => {
        const address = `${a}.${b}.${c}.${d}`;
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        const open = isGlobalAddress(address);
        return [`::ffff:${address}`, `::ffff:${hex}`, `64:ff9b::${hex}`].every((carrier) => isGlobalAddress(carrier) === open) && !isGlobalAddress(`2002:${hex}::1`) && !isGlobalAddress(`::${hex}`);
      }),
    );
  });
});
