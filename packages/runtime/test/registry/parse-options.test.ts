import { describe, expect, it } from "vitest";
import type { JsonObject, JsonSchema, SlotName } from "@omni/core";
import { createFakeModule } from "./fake-module.ts";
import { parseOptions } from "../../src/registry/parse-options.ts";

const schema: JsonSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    baseUrl: { type: "string" },
    mode: { type: "string", enum: ["fast", "slow"] },
    timeouts: { type: "object", additionalProperties: false, properties: { idleMs: { type: "integer", minimum: 1 }, totalMs: { type: "integer" } } },
  },
};

async function parse(given: JsonObject, options: { readonly slot?: SlotName; readonly schema?: JsonSchema } = {}): Promise<{ readonly value: unknown; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const slot = options.slot ?? "provider";
  const value = await parseOptions(createFakeModule(slot, "fake", options.schema ?? schema), given, `${slot}.with`, (message) => warnings.push(message));
  return { value, warnings };
}

describe("the options of an implementation", () => {
  it("are what its parser makes of them", async () => {
    expect(await parse({ baseUrl: "x", timeouts: { idleMs: 5 } })).toEqual({ value: { baseUrl: "x", timeouts: { idleMs: 5 } }, warnings: [] });
  });

  it("that are wrong are refused with their place, all of them at once", async () => {
    await expect(parse({ mode: "quick", timeouts: { idleMs: 0 } })).rejects.toMatchObject({
      code: "config.invalid",
      message: 'provider.with.mode: expected one of "fast", "slow", found the string "quick"\nprovider.with.timeouts.idleMs: expected a whole number of at least 1, found the number 0',
    });
  });

  it("that are unknown are dropped with a warning that names the nearest", async () => {
    expect(await parse({ baseUrl: "x", baseUlr: "y", timeouts: { idelMs: 1 } })).toEqual({
      value: { baseUrl: "x", timeouts: {} },
      warnings: ['provider.with.baseUlr: unknown key; did you mean "baseUrl"?', 'provider.with.timeouts.idelMs: unknown key; did you mean "idleMs"?'],
    });
  });

  it("that are unknown stop a policy, because they may be a misspelt restriction", async () => {
    await expect(parse({ mdoe: "slow" }, { slot: "policy" })).rejects.toMatchObject({ code: "config.invalid", message: 'policy.with.mdoe: unknown key; did you mean "mode"?' });
  });

  it("are brought to the case of the schema, as an environment has none", async () => {
    expect(await parse({ baseurl: "x", timeoutsIdleMs: 5, timeouts: { totalms: 6 } })).toEqual({ value: { baseUrl: "x", timeouts: { idleMs: 5, totalMs: 6 } }, warnings: [] });
    expect((await parse({ baseUrl: "exact", baseurl: "resembling" })).value).toEqual({ baseUrl: "exact" });
  });

  it("that only the parser refuses get their place from here", async () => {
    await expect(parse({ refuse: true }, { schema: { type: "object", additionalProperties: true } })).rejects.toMatchObject({ code: "config.invalid", message: "provider.with: refuse: the parser refuses it" });
  });

  it("are judged by the whole of JSON Schema where a schema uses more than the walk knows", async () => {
    const strict: JsonSchema = { type: "object", properties: { name: { type: "string", pattern: "^[a-z]+$" } }, additionalProperties: false };
    expect((await parse({ name: "abc" }, { schema: strict })).value).toEqual({ name: "abc" });
    await expect(parse({ name: "ABC" }, { schema: strict })).rejects.toMatchObject({ code: "config.invalid" });
  });
});
