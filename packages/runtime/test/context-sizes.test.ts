import { describe, expect, it } from "vitest";
import type { ModelInfo, Provider } from "@omni/core";
import { createFakeHost, createScriptedProvider } from "@omni/testkit/fakes";
import { createContextSizes } from "../src/context-sizes.ts";

/** Sizes as a provider tells them that answers as `tell` does, and how often it was asked. */
function makeSizes(tell: () => Promise<readonly ModelInfo[]>) {
  const { clock, log } = createFakeHost();
  const asked = { count: 0 };
  const models = async (): Promise<readonly ModelInfo[]> => {
    asked.count += 1;
    return tell();
  };
  const provider: Provider = { ...createScriptedProvider(), models, defaultModel: async () => (await models())[0] ?? { id: "none" } };
  return { sizeOf: createContextSizes("auto", { provider, clock, log }), clock, asked };
}

describe("createContextSizes", () => {
  it("asks once for a model whose size is told, and for one whose size is not stated", async () => {
    const { sizeOf, clock, asked } = makeSizes(async () => [{ id: "a", contextTokens: 8_000 }, { id: "b" }]);
    for (let time = 0; time < 3; time += 1) {
      expect([await sizeOf("a"), await sizeOf("b"), await sizeOf(undefined)]).toEqual([8_000, 32_000, 8_000]);
      await clock.advance(3_600_000);
    }
    expect(asked.count).toBe(3);
  });

  it("asks again after a minute where it could not be told, and nobody waits for that", async () => {
    let isThere = false;
    const { sizeOf, clock, asked } = makeSizes(async () => (isThere ? [{ id: "a", contextTokens: 200_000 }] : Promise.reject(new Error("not yet"))));
    expect([await sizeOf("a"), await sizeOf("a"), asked.count]).toEqual([32_000, 32_000, 1]);
    isThere = true;
    await clock.advance(60_000);
    expect(await sizeOf("a")).toBe(32_000);
    expect([await sizeOf("a"), asked.count]).toEqual([200_000, 2]);
  });

  it.each(["a", undefined])("goes on after five seconds where the provider never says, heeding no signal, and takes the size for not told: %s", async (model) => {
    let answer: Promise<readonly ModelInfo[]> = new Promise(() => undefined);
    const { sizeOf, clock, asked } = makeSizes(() => answer);
    const sizes = Promise.all([sizeOf(model), sizeOf(model)]);
    await clock.advance(5_000);
    expect([await sizes, await sizeOf(model), asked.count, clock.pending]).toEqual([[32_000, 32_000], 32_000, 1, 0]);
    answer = Promise.resolve([{ id: "a", contextTokens: 8_000 }]);
    await clock.advance(60_000);
    expect([await sizeOf(model), await sizeOf(model), asked.count]).toEqual([32_000, 8_000, 2]);
  });

  it("keeps the sizes of 256 models, whatever names are asked for", async () => {
    const { sizeOf, asked } = makeSizes(async () => [{ id: "a", contextTokens: 8_000 }]);
    await sizeOf("a");
    for (let index = 0; index < 256; index += 1) await sizeOf(`no-${index}`);
    await sizeOf("a");
    expect(asked.count).toBe(258);
  });
});
