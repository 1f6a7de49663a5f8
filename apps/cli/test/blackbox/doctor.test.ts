import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { createFakeOpenAI } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { createPlace, omni, startGateway, toJson } from "./omni-process.ts";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI({ models: ["the-model"] });
});
afterAll(() => model.close());

interface Checks {
  readonly checks: readonly { readonly name: string; readonly status: string; readonly detail: string }[];
}

async function examine(place: Place, code: number): Promise<Readonly<Record<string, string>>> {
  const finished = await omni(place, ["doctor", "--json"]);
  expect(finished.code, finished.stdout + finished.stderr).toBe(code);
  return Object.fromEntries(toJson<Checks>(finished).checks.map((check) => [check.name, `${check.status}: ${check.detail}`]));
}

async function inPlace(env: Readonly<Record<string, string>>, body: (place: Place) => Promise<void>): Promise<void> {
  const place = await createPlace({}, env);
  try {
    await body(place);
  } finally {
    await place.dispose();
  }
}

describe("omni doctor", () => {
  it("finds a fresh home well, with and without a model, and with a gateway beside it", () =>
    inPlace({ OPENAI_BASE_URL: model.url }, async (place) => {
      const checks = await examine(place, 0);
      expect(checks["model"]).toContain("ok: the-model");
      expect(checks["store"]).toMatch(/^ok/);
      expect(checks["gateway"]).toContain("none runs");
      const gateway = await startGateway(place);
      expect((await examine(place, 0))["gateway"]).toContain("one runs");
      await gateway.stop();
      const plain = await omni(place, ["doctor"], { env: { OPENAI_BASE_URL: "" } });
      expect(plain).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok +model +offline/m) });
    }));

  it("names a broken configuration by its line, and ends with 1", () =>
    inPlace({}, async (place) => {
      await mkdir(place.home);
      await writeFile(join(place.home, "omni.json"), '{\n  "agent": { "maxRounds": -1 }\n}');
      expect((await examine(place, 1))["config"]).toMatch(/^broken: line 2: .*maxRounds/);
    }));

  it("names a model that does not answer, and a damaged store", () =>
    inPlace({ OPENAI_BASE_URL: "http://127.0.0.1:1/v1", OMNI_PROVIDER_WITH_MAXRETRIES: "0" }, async (place) => {
      expect((await examine(place, 1))["model"]).toMatch(/^broken: provider\.unreachable: .*127\.0\.0\.1:1/);
      await writeFile(join(place.home, "state", "omni.db"), "no database".repeat(1_000));
      expect((await examine(place, 1))["parts"]).toMatch(/^broken: store\.corrupt/);
    }));

  it("warns of a server that offers nothing, and is well otherwise", () =>
    inPlace({}, async (place) => {
      await mkdir(place.home, { mode: 0o700 });
      await writeFile(join(place.home, "mcp.json"), JSON.stringify({ mcpServers: { gone: { command: join(place.root, "none") } } }));
      expect((await examine(place, 0))["server"]).toMatch(/^warning: gone of mcp\.json/);
    }));
});
