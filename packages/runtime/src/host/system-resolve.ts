import type { Resolve } from "./egress-target.ts";

/**
 * Finds addresses by the system's resolver, hosts file included, one name at a
 * time. The system's call holds a thread until it ends, up to half a minute
 * where a name server says nothing, and nothing ends it sooner; Node gives such
 * calls two of its four threads. So names of strangers get one of them, and
 * the other stays for what the owner configured. A name whose turn comes
 * after its signal was aborted is not looked up. `lookUp` is replaced in tests.
 */
export function createSystemResolve(lookUp: (host: string) => Promise<readonly string[]> = lookUpBySystem): Resolve {
  let last: Promise<unknown> = Promise.resolve();
  return (host, signal) => {
    const found = last.then(() => {
      signal?.throwIfAborted();
      return lookUp(host);
    });
    last = found.catch(() => undefined);
    return found;
  };
}

async function lookUpBySystem(host: string): Promise<readonly string[]> {
  const { lookup } = await import("node:dns/promises");
  return (await lookup(host, { all: true })).map((each) => each.address);
}
