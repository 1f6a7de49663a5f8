import { describe, expect, it } from "vitest";
import { checkOrigin, toKnownHosts } from "../src/check-origin.ts";

/** True where a request with this header, to a gateway that listens on `given`, passes. */
function passes(host: string, given: readonly string[], origin?: string): boolean {
  try {
    checkOrigin(new Request(`http://${host}/asks`, { headers: { host, ...(origin === undefined ? {} : { origin }) } }), toKnownHosts(given));
    return true;
  } catch {
    return false;
  }
}

describe("the hosts of a gateway", () => {
  it.each([
    ["fd00::5", "[fd00::5]"],
    ["FD00:0:0::0005", "[fd00::5]:7777"],
    ["fe80::1%eth0", "[fe80::1]:7777"],
    ["::ffff:10.0.0.1", "[::ffff:a00:1]"],
    ["192.168.1.5", "192.168.1.5:7777"],
    ["Agent.Example", "agent.example"],
  ])("listening on %s, are called %s, also by pages of its own", (given, host) => {
    expect([passes(host, [given]), passes(host, [given], `http://${host}`), passes(host, [given], "http://evil.example"), passes(host, [])]).toEqual([true, true, false, false]);
  });

  it.each([
    ["0.0.0.0", "0.0.0.0"],
    ["0", "0.0.0.0"],
    ["::", "[::]"],
    ["0:0::0", "[::]"],
    ["", "0.0.0.0"],
  ])("listening on %j, which is every address, are none of them", (given, host) => {
    expect([toKnownHosts([given]), passes(host, [given])]).toEqual([[], false]);
  });
});
