import { readFileSync } from "node:fs";
import type { Containment, Sandbox } from "@omni/core";
import { describe } from "vitest";
import type { SandboxPlace } from "../src/index.ts";
import { createPlainSandbox } from "../src/fakes/index.ts";
import { describeBroken, describeDocumented, describeSandbox, sandboxContract, toSandboxPlace } from "../src/index.ts";
import { createPretendPlace, createPretendSandbox } from "./sandbox-pretend-place.ts";

describeSandbox("the plain sandbox", () => toSandboxPlace(createPlainSandbox()));
describeSandbox("a sandbox of a pretended world", () => createPretendPlace(), { abilities: ["contains"] });

/** The pretended sandbox with one thing changed. */
function broken(change: (sandbox: Sandbox) => Partial<Sandbox>): () => SandboxPlace {
  return () => {
    const sandbox = createPretendSandbox();
    return createPretendPlace({ ...sandbox, ...change(sandbox) });
  };
}

/** The pretended sandbox that contains by something else than what was asked. */
function misheard(change: (containment: Containment) => Partial<Containment>): () => SandboxPlace {
  return broken((sandbox) => ({ wrap: (request, containment) => sandbox.wrap(request, { ...containment, ...change(containment) }) }));
}

describe("the kit of sandboxes", () => {
  describeBroken(sandboxContract, {
    X1: broken(() => ({ boundary: "bubblewrap" })),
    X2: broken((sandbox) => ({ wrap: (request, containment) => sandbox.wrap(Object.assign(request, { env: {} }), containment) })),
    X3: () => toSandboxPlace({ ...createPlainSandbox(), wrap: (request) => request }),
    X4: misheard(({ hidden }) => ({ hidden: hidden.filter((path) => path.startsWith("/")) })),
    X5: broken((sandbox) => ({
      wrap(request, containment) {
        if (containment.writable.includes("relative")) throw new Error("no");
        return sandbox.wrap(request, containment);
      },
    })),
    X6: broken((sandbox) => ({ wrap: (request, containment) => sandbox.wrap({ ...request, env: { ...request.env, TOKEN: "of the gateway" } }, containment) })),
    X7: misheard(({ writable }) => ({ writable: writable.filter((path) => !path.includes(" ")) })),
    X8: misheard(({ writable }) => ({ writable: [...writable, ...writable.map((path) => path.replace(/\/[^/]*$/, "/outside"))] })),
    X9: misheard(({ hidden }) => ({ hidden: hidden.filter((path) => !path.endsWith(".txt")) })),
    X10: misheard(({ hosts }) => (hosts.length > 0 ? { hosts: ["127.0.0.1"] } : {})),
  });
  describeDocumented(sandboxContract, readFileSync(new URL("../../../docs/contracts/sandbox.md", import.meta.url), "utf8"));
});
