import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { createPlace, omni, startGateway, toJson } from "./omni-process.ts";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI({ models: ["the-model"] });
});
afterAll(() => model.close());

async function inPlace(env: Readonly<Record<string, string>>, body: (place: Place) => Promise<void>): Promise<void> {
  const place = await createPlace({}, env);
  try {
    await body(place);
  } finally {
    await place.dispose();
  }
}

interface Status {
  readonly gateway: { readonly running: boolean; readonly pid?: number; readonly url?: string; readonly since?: string };
  readonly model: { readonly provider: string; readonly id?: string; readonly problem?: string };
  readonly record: { readonly sessions: number; readonly openTurns: number; readonly openAsks: number; readonly problem?: string };
  readonly warnings: readonly string[];
}

const look = async (place: Place, env: Readonly<Record<string, string>> = {}): Promise<Status> => {
  const finished = await omni(place, ["status", "--json"], { env });
  expect(finished.code, finished.stderr).toBe(0);
  return toJson<Status>(finished);
};

describe("omni status", () => {
  it("tells a fresh home on one screen, plain in a pipe", () =>
    inPlace({}, async (place) => {
      const screen = await omni(place, ["status"]);
      expect(screen).toMatchObject({ code: 0, stderr: "" });
      const rows = screen.stdout.split("\n");
      expect(rows.map((row) => row.split(" ")[0])).toEqual(["omni", "home", "gateway", "model", "memory", "window", "policy", "boundary", "workspace", "channels", "servers", "sessions", "open", ""]);
      expect(screen.stdout).toContain(`home       ${place.home}\n`);
      expect(screen.stdout).toContain("offline of provider offline");
      expect(screen.stdout).toContain("workspace, supervised");
      expect(screen.stdout).not.toContain("\u001b");
      expect(await look(place)).toMatchObject({ home: place.home, gateway: { running: false }, servers: [], record: { sessions: 0, openTurns: 0, openAsks: 0 }, warnings: [] });
    }));

  it("counts what there is: sessions, open turns, asks, servers, and says what the configuration says", () =>
    inPlace({ OPENAI_BASE_URL: model.url }, async (place) => {
      await place.configure({ policy: { use: "workspace", with: { autonomy: "supervised" } }, memory: false, workspace: place.workspace, odd: 1 });
      await writeFile(join(place.home, "mcp.json"), JSON.stringify({ mcpServers: { canary: { command: "/bin/sh", args: ["-c", `touch ${place.root}/started; sleep 1`] }, off: { command: "x", disabled: true } } }));
      model.script([textReply("one"), callReply([{ name: "files.write", arguments: { path: "a", content: "b" } }]), textReply("two")]);
      const gateway = await startGateway(place);
      expect(await (await gateway.post("/message", { message: "first", session_id: "http:one" })).json()).toMatchObject({ output: "one" });
      expect(await (await gateway.post("/message", { message: "write", session_id: "http:two" })).json()).toMatchObject({ status: "waiting" });
      const found = await look(place);
      expect(found).toMatchObject({ gateway: { running: true, pid: gateway.child.pid, url: gateway.url, since: expect.stringMatching(/^\d{4}-/) }, model: { provider: "openai", id: "the-model" }, memory: false, policy: { use: "workspace", autonomy: "supervised" }, workspace: place.workspace, servers: ["canary"], record: { openTurns: 1, openAsks: 1 } });
      expect(found.warnings).toEqual([expect.stringContaining("odd")]);
      expect((await gateway.stop()).code).toBe(0);
      expect(await look(place)).toMatchObject({ gateway: { running: false } });
    }));

  it("starts no server of tools", () =>
    inPlace({}, async (place) => {
      await mkdir(place.home, { mode: 0o700 });
      await writeFile(join(place.home, "mcp.json"), JSON.stringify({ mcpServers: { canary: { command: "/bin/sh", args: ["-c", `touch ${place.workspace}/started; sleep 1`] } } }));
      expect(await look(place)).toMatchObject({ servers: ["canary"] });
      await expect(place.read("started")).rejects.toThrow();
    }));

  it("ends with 0 and says what it could not read: a model that is silent or gone, a store that is damaged", () =>
    inPlace({ OMNI_PROVIDER_WITH_MAXRETRIES: "0" }, async (place) => {
      const silent = createServer();
      await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
      const address = silent.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      expect((await look(place, { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` })).model.problem).toContain("did not answer within 2 s");
      silent.close();
      expect((await look(place, { OPENAI_BASE_URL: "http://127.0.0.1:1/v1" })).model.problem).toContain("127.0.0.1:1");
      await writeFile(join(place.home, "state", "omni.db"), "no database".repeat(1_000));
      expect((await look(place)).record.problem).toMatch(/omni\.db/);
      expect((await omni(place, ["status"])).stdout).toMatch(/^sessions +unknown, /m);
    }));

  it("ends with 2 where the configuration cannot be read", () =>
    inPlace({}, async (place) => {
      await mkdir(place.home, { mode: 0o700 });
      await writeFile(join(place.home, "omni.json"), "{,}");
      expect(await omni(place, ["status", "--json"])).toMatchObject({ code: 2, stderr: expect.stringMatching(/omni\.json:1:2/) });
    }));
});
