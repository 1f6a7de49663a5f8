import { createServer } from "node:http";
import type { Server } from "node:http";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { createPlace, omni, startGateway, toJson } from "./omni-process.ts";

let model: FakeOpenAI;
let bare: Server;
let hanging: Server;
const originOf = (server: Server): string => {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
};
beforeAll(async () => {
  model = await createFakeOpenAI({ models: ["found-model"] });
  // A server of tools alone: at its origin there is a page.
  bare = createServer((_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>"));
  hanging = createServer(() => undefined);
  for (const server of [bare, hanging]) await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await model.close();
  for (const server of [bare, hanging]) {
    server.closeAllConnections();
    server.close();
  }
});

let place: Place;
beforeEach(async () => {
  place = await createPlace({ "a.txt": "alpha\n" });
  model.script({ "*": [textReply("answered"), textReply("answered")] });
});
afterEach(() => place.dispose());

async function serve(...origins: readonly string[]): Promise<void> {
  await mkdir(place.home, { recursive: true, mode: 0o700 });
  const entries = origins.map((origin, index) => [`server${index}`, { type: "http", url: `${origin}/mcp`, headers: { Authorization: "Bearer planted-key" } }] as const);
  await writeFile(join(place.home, "mcp.json"), JSON.stringify({ mcpServers: Object.fromEntries(entries) }));
}

const own = (): string => new URL(model.url).origin;

describe("a model beside a server of mcp.json", () => {
  // The endpoint has one second to answer, which a busy machine may not give it.
  it("answers without a key where nobody configured one, and is named by doctor and status", { retry: 3 }, async () => {
    await serve(originOf(bare), own());
    const before = model.requests.length;
    expect(toJson(await omni(place, ["run", "--json", "write a poem"]))).toMatchObject({ status: "completed", output: "answered" });
    const asked = model.requests.slice(before).filter((request) => request.path.startsWith("/v1/"));
    expect(asked[0]).toMatchObject({ method: "GET", path: "/v1/models" });
    expect(asked.some((request) => request.path === "/v1/chat/completions")).toBe(true);
    expect(JSON.stringify(asked.map((request) => request.headers))).not.toMatch(/authorization|planted/i);
    expect(asked.at(-1)?.body["model"]).toBe("found-model");
    const status = toJson<{ model: object }>(await omni(place, ["status", "--json"]));
    expect(status.model).toMatchObject({ provider: "inferred", id: "found-model", inferredFrom: `${own()}/v1` });
    const doctor = toJson<{ checks: { name: string; detail: string }[] }>(await omni(place, ["doctor", "--json"]));
    expect(doctor.checks.find((check) => check.name === "model")?.detail).toContain(`found-model of provider inferred, found at ${own()}/v1`);
  });

  it("is kept for all turns of a gateway", async () => {
    await serve(own());
    const gateway = await startGateway(place);
    try {
      const before = model.requests.length;
      for (let turn = 0; turn < 2; turn += 1) expect(await (await gateway.post("/message", { message: "write a poem" })).json()).toMatchObject({ output: "answered" });
      const looks = model.requests.slice(before).filter((request) => request.path === "/v1/models");
      // One to find it, one for its own list of models.
      expect(looks).toHaveLength(2);
    } finally {
      expect((await gateway.stop()).code).toBe(0);
    }
  });

  it("is done without where none answers, in its time", async () => {
    await serve(originOf(hanging), originOf(bare));
    const failed = await omni(place, ["run", "--json", "write a poem"]);
    expect(failed.code).toBe(1);
    expect(toJson(failed)).toMatchObject({ error: { code: "no-model" } });
    expect(toJson(await omni(place, ["run", "--json", "files.list"]))).toMatchObject({ status: "completed", output: expect.stringContaining("a.txt") });
  });

  it("is not asked where somebody chose a provider, or the servers are of a trusted folder only", async () => {
    await serve(own());
    const choices: readonly Readonly<Record<string, string>>[] = [{ OPENAI_BASE_URL: `${originOf(bare)}/v1` }, { OMNI_PROVIDER: '{"use":"offline"}' }];
    for (const env of choices) {
      const { stdout } = await omni(place, ["config", "get", "provider.use"], { env });
      expect(stdout).toMatch(/^(?:openai|offline)\n$/);
    }
    await place.configure({ provider: { use: "offline" } });
    expect((await omni(place, ["config", "get", "provider.use"])).stdout).toBe("offline\n");
    await place.configure({});
    await writeFile(join(place.workspace, ".mcp.json"), JSON.stringify({ mcpServers: { one: { url: `${own()}/mcp` } } }));
    expect((await omni(place, ["mcp", "servers", "trust"])).code).toBe(0);
    expect((await omni(place, ["config", "get", "provider.use"])).stdout).toBe("offline\n");
  });

  it("takes the model that somebody named", async () => {
    await serve(own());
    await omni(place, ["run", "--model", "mine", "write a poem"]);
    expect(model.chats.at(-1)?.body["model"]).toBe("mine");
    await omni(place, ["run", "write a poem"], { env: { OMNI_PROVIDER_WITH_MODEL: "by-variable" } });
    expect(model.chats.at(-1)?.body["model"]).toBe("by-variable");
  });
});
