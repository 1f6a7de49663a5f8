import { afterEach, beforeEach, expect, it } from "vitest";
import { createFakeHost } from "@omni/testkit/fakes";
import type { Clock, Host, JsonObject } from "@omni/core";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProbeOptions } from "../src/index.ts";
import { mcpToolOptions, probeMcpServer } from "../src/index.ts";
import { createRealClock, oddServer } from "./mcp-place.ts";
import { createHttpServer } from "./http-server.ts";
import { createTestSpawn } from "./process-spawn.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "omni-probe-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function probe(definition: JsonObject, options: Partial<ProbeOptions> = {}): ReturnType<typeof probeMcpServer> {
  const base = createFakeHost({ paths: { home: folder, state: folder, workspace: folder }, spawn: createTestSpawn() });
  const host: Omit<Host, "clock"> & { readonly clock: Clock } = { ...base, clock: createRealClock() };
  return probeMcpServer(mcpToolOptions.parse({ name: "one", ...definition }), host, { timeoutMs: 10_000, ...options });
}

it("a server on stdio is started once, and tells its name, protocol and tools", async () => {
  const found = await probe({ command: process.execPath, args: [oddServer], env: { LEDGER: join(folder, "ledger") } });
  expect(found).toMatchObject({ transport: "stdio", protocol: expect.stringMatching(/^20\d\d-/), tools: expect.arrayContaining(["echo"]) });
  expect(found.reason).toBeUndefined();
  expect(found.milliseconds).toBeGreaterThan(0);
});

it("a server over HTTP does the same", async () => {
  const server = await createHttpServer({ ping: () => undefined });
  try {
    expect(await probe({ url: server.url })).toMatchObject({ transport: "http", server: { name: "by hand" }, tools: ["ping"], protocol: expect.any(String) });
  } finally {
    await server.close();
  }
});

it("one that ends by itself is told with its last words, without secrets, and with a mend", async () => {
  const found = await probe({ command: process.execPath, args: ["-e", "console.error('no ' + process.env.API_KEY); process.exit(3)"], env: { API_KEY: "planted" } });
  expect(found).toMatchObject({ tools: [], reason: expect.stringContaining("exit code 3"), advice: expect.stringContaining("by hand") });
  expect(found.diagnosis.stderr).toContain("no ");
});

it.each([
  [{ command: "/no/such/program" }, /could not be started|starts no/],
  [{ url: "http://127.0.0.1:1/mcp" }, /./],
])("one that is not there fails with a mend: %#", async (definition, reason) => {
  expect(await probe(definition)).toMatchObject({ reason: expect.stringMatching(reason), advice: expect.stringMatching(/./) });
});

it("one that never answers is given up in time, and at once when it is called off, before or meanwhile", async () => {
  const calling = new AbortController();
  const watched = createServer(() => calling.abort());
  await new Promise<void>((resolve) => void watched.listen(0, "127.0.0.1", resolve));
  const address = watched.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect(await probe({ url: `http://127.0.0.1:${port}/mcp` }, { signal: calling.signal })).toMatchObject({ reason: "it was called off" });
  watched.close();
  const hanging = { command: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"] };
  expect(await probe(hanging, { timeoutMs: 200 })).toMatchObject({ reason: "it did not answer within 0.2 s", advice: expect.stringContaining("--timeout") });
  expect(await probe(hanging, { signal: AbortSignal.abort() })).toMatchObject({ reason: "it was called off" });
});
