import { describe, expect, it } from "vitest";
import { createSystemResolve } from "../../src/host/system-resolve.ts";

interface Names {
  readonly lookUp: (host: string) => Promise<readonly string[]>;
  /** Names whose lookup has begun, in order. */
  readonly begun: string[];
  /** Ends the lookup of a name. */
  end(host: string, addresses?: readonly string[]): void;
}

function createNames(): Names {
  const begun: string[] = [];
  const open = new Map<string, PromiseWithResolvers<readonly string[]>>();
  return {
    begun,
    lookUp(host) {
      begun.push(host);
      const found = Promise.withResolvers<readonly string[]>();
      open.set(host, found);
      return found.promise;
    },
    end(host, addresses) {
      if (addresses === undefined) open.get(host)?.reject(new Error(`ENOTFOUND ${host}`));
      else open.get(host)?.resolve(addresses);
    },
  };
}

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("the names of strangers", () => {
  it("are looked up one at a time, whatever becomes of the one before", async () => {
    const names = createNames();
    const resolve = createSystemResolve(names.lookUp);
    const found = Promise.allSettled(["a.test", "b.test", "c.test"].map((host) => resolve(host)));
    await settle();
    expect(names.begun).toEqual(["a.test"]);
    names.end("a.test");
    await settle();
    expect(names.begun).toEqual(["a.test", "b.test"]);
    names.end("b.test", ["192.0.2.1"]);
    await settle();
    names.end("c.test", ["192.0.2.2", "2001:db8::1"]);
    expect(await found).toMatchObject([{ reason: { message: "ENOTFOUND a.test" } }, { value: ["192.0.2.1"] }, { value: ["192.0.2.2", "2001:db8::1"] }]);
  });

  it("are not looked up once nobody waits for them", async () => {
    const names = createNames();
    const resolve = createSystemResolve(names.lookUp);
    const controller = new AbortController();
    const found = Promise.allSettled([resolve("dead.test", controller.signal), resolve("given-up.test", controller.signal), resolve("wanted.test", new AbortController().signal)]);
    await settle();
    controller.abort(new Error("stopped"));
    names.end("dead.test");
    await settle();
    expect(names.begun).toEqual(["dead.test", "wanted.test"]);
    names.end("wanted.test", ["192.0.2.1"]);
    expect(await found).toMatchObject([{ reason: { message: "ENOTFOUND dead.test" } }, { reason: { message: "stopped" } }, { value: ["192.0.2.1"] }]);
  });

  it("are found as the system finds them, hosts file included", async () => {
    const found = await createSystemResolve()("localhost");
    expect(found.filter((each) => each === "127.0.0.1" || each === "::1")).not.toEqual([]);
  });
});
