import type { Containment, Sandbox, Spawn } from "@omni/core";
import { describeSandbox, toSandboxPlace } from "@omni/testkit";
import { createFakeHost } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { create__Name__Sandbox } from "../src/index.ts";

/** A system whose containing program ends with this code. */
function createSpawn(code: number): Spawn {
  const nothing = async function* (): AsyncGenerator<Uint8Array> {};
  return { start: async () => ({ pid: 1, stdout: nothing(), stderr: nothing(), write: async () => undefined, end: async () => undefined, exit: Promise.resolve({ code, signal: null }) }) };
}

const create = (code: number): Promise<Sandbox> => create__Name__Sandbox({ program: "/usr/bin/bwrap" }, createFakeHost({ spawn: createSpawn(code) }));

// Programs are not run here: cases that need it are skipped. Where you have the containing program, bring a place that runs them and claim `contains`.
describeSandbox("__name__", async () => toSandboxPlace(await create(0)));
describeSandbox("__name__, where it does not work", async () => toSandboxPlace(await create(1)));

describe("beyond the kit", () => {
  const request = { argv: ["/bin/ls", "--", "-l"], cwd: "/work", env: { NAME: "value" } };
  const wrap = async (containment: Partial<Containment>): Promise<readonly string[]> => (await create(0)).wrap(request, { writable: [], hidden: [], hosts: [], ...containment }).argv;

  it("a program stands behind the end of the wrapper's arguments, in its folder and environment", async () => {
    const wrapped = (await create(0)).wrap(request, { writable: ["/work/out"], hidden: [], hosts: [] });
    expect(wrapped.argv[0]).toBe("/usr/bin/bwrap");
    expect(wrapped.argv.slice(wrapped.argv.indexOf("--"))).toEqual(["--", "/bin/ls", "--", "-l"]);
    expect(wrapped.argv.join(" ")).toContain("--ro-bind /work /work --bind-try /work/out /work/out --chdir /work --");
    expect(wrapped).toMatchObject({ cwd: "/work", env: { NAME: "value" } });
  });

  it.each([["/work"], ["/work/"], ["/work/secret"], ["/"], ["/etc/keys"], ["/data/in/deep"], ["/data"]])("a folder that is shown hides nothing: %s is refused", async (hidden) => {
    await expect(wrap({ writable: ["/data/in"], hidden: [hidden] })).rejects.toMatchObject({ code: "sandbox.unavailable" });
  });

  it("what lies elsewhere is hidden, since it is not shown, and a list of hosts is refused", async () => {
    expect(await wrap({ hidden: ["/home/omni/state", "/workshop", "/etcetera"] })).not.toContain("/home/omni/state");
    await expect(wrap({ hosts: ["example.com"] })).rejects.toMatchObject({ code: "sandbox.unavailable" });
  });
});
