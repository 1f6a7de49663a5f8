import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { HostPaths } from "@omni/core";
import { createHost } from "../../src/host/create-host.ts";
import { useTemporaryFolders } from "./temporary-folder.ts";

const temporary = useTemporaryFolders();
const toPaths = (home: string): HostPaths => ({ home, state: join(home, "state"), workspace: join(home, "workspace") });

describe("the host", () => {
  it("touches nothing until it is used", async () => {
    const home = await temporary();
    const host = createHost({ paths: toPaths(home) });
    await host.close();
    expect(await readdir(home)).toEqual([]);
  });

  it("logs into the state without secrets of the environment, and is done when it is closed", async () => {
    const home = await temporary();
    const host = createHost({ paths: toPaths(home), secrets: { SOME_TOKEN: "abc-123-def" }, log: { level: "debug" } });
    host.log.debug("token abc-123-def");
    expect(await host.secrets.get("SOME_TOKEN")).toBe("abc-123-def");
    await host.close();
    expect(await readFile(join(home, "state", "logs", "omni.log"), "utf8")).toContain('"level":"debug","message":"token [redacted]"');
  });

  it("ends what it started", async () => {
    const home = await temporary();
    const host = createHost({ paths: toPaths(home) });
    const child = await host.spawn.start({ argv: ["/bin/sleep", "300"], cwd: home, env: {} }, { signal: new AbortController().signal });
    await host.close();
    expect((await child.exit).signal).toBe("SIGTERM");
  });

  it("fetches nothing closed, whatever a resolver says", async () => {
    const host = createHost({ paths: toPaths(await temporary()), resolve: async () => ["192.168.0.1"] });
    await expect(host.egress.fetch("https://example.com/")).rejects.toMatchObject({ code: "egress.refused" });
    await host.close();
  });

  it("makes files, ids and counts", async () => {
    const home = await temporary();
    const host = createHost({ paths: toPaths(home) });
    await host.files.within(home).write("a.txt", "x");
    expect([await readdir(home), host.random.id().length, host.tokens.count("four words are here")]).toEqual([["a.txt"], 26, 4]);
    await host.close();
  });
});
