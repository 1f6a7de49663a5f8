import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "@omni/core";
import { configSchema } from "../../src/config/config-schema.ts";
import { getAt, isJsonObject } from "../../src/config/json-shape.ts";
import { readEnvironmentSettings } from "../../src/config/environment-settings.ts";

function placeOf(variable: string, known: JsonObject = {}): string {
  const { settings, unknown } = readEnvironmentSettings({ [variable]: "x" }, known);
  return settings[0]?.place.join(".") ?? `unknown ${unknown.join()}`;
}

function valueOf(text: string, variable = "OMNI_PROVIDER_WITH_X"): unknown {
  return readEnvironmentSettings({ [variable]: text }, {}).settings[0]?.value;
}

describe("a variable", () => {
  it("names a setting without case, with or without a line between words", () => {
    expect(["OMNI_AGENT_MAXROUNDS", "OMNI_AGENT_MAX_ROUNDS", "OMNI_GATEWAY_MAX_BODY_BYTES", "OMNI_WORKSPACE", "OMNI_PROVIDER_USE", "OMNI_PROVIDER"].map((name) => placeOf(name))).toEqual([
      "agent.maxRounds",
      "agent.maxRounds",
      "gateway.maxBodyBytes",
      "workspace",
      "provider.use",
      "provider",
    ]);
  });

  it("names every setting that the schema knows", () => {
    const places = (schema: JsonObject, place: readonly string[]): readonly (readonly string[])[] => {
      const properties = getAt(schema, ["properties"]);
      if (!isJsonObject(properties)) return [place];
      return Object.entries(properties).flatMap(([key, inner]) => [[...place, key], ...(isJsonObject(inner) ? places(inner, [...place, key]) : [])]);
    };
    for (const place of places(configSchema, []).filter((each) => !each.includes("$schema") && each.at(-1) !== "with")) {
      expect(placeOf(`OMNI_${place.map((key) => key.replace(/[A-Z]/g, "_$&").toUpperCase()).join("_")}`)).toBe(place.join("."));
    }
  });

  it("names an option below with as one key, unless what is there says otherwise", () => {
    expect(placeOf("OMNI_PROVIDER_WITH_MODEL")).toBe("provider.with.model");
    expect(placeOf("OMNI_PROVIDER_WITH_BASE_URL")).toBe("provider.with.baseUrl");
    expect(placeOf("OMNI_PROVIDER_WITH_BASEURL")).toBe("provider.with.baseurl");
    expect(placeOf("OMNI_PROVIDER_WITH_BASEURL", { provider: { with: { baseUrl: undefined } } })).toBe("provider.with.baseUrl");
    expect(placeOf("OMNI_PROVIDER_WITH_TIMEOUTS__IDLE_MS")).toBe("provider.with.timeouts.idleMs");
    expect(placeOf("OMNI_PROVIDER_WITH_TIMEOUTS_IDLE_MS", { provider: { with: { timeouts: { totalMs: 1 } } } })).toBe("provider.with.timeouts.idleMs");
  });

  it("names a part by one word in lower case, unless one is there", () => {
    expect(placeOf("OMNI_TOOLS_WEB_WITH_KEY")).toBe("tools.web.with.key");
    expect(placeOf("OMNI_TOOLS_MY_TOOL_WITH_KEY", { tools: { "my-tool": {} } })).toBe("tools.my-tool.with.key");
    expect(placeOf("OMNI_PROVIDERS_WORK_USE")).toBe("providers.work.use");
  });

  it("that names nothing is unknown", () => {
    for (const name of ["OMNI_NONE", "OMNI_AGENT_NONE", "OMNI_", "OMNI_AGENT_", "OMNI__AGENT", "OMNI_TOOLS_", "OMNI_PROVIDER_WITH_A__", "OMNI_A-B"]) expect(placeOf(name)).toBe(`unknown ${name}`);
  });

  it("of any form is read or unknown, and never an error", () => {
    const word = fc.constantFrom("AGENT", "WITH", "PROVIDER", "TOOLS", "", "_", "MAX", "ROUNDS", "X", "__PROTO__", "CONSTRUCTOR");
    fc.assert(fc.property(fc.array(word, { maxLength: 6 }), fc.string(), (words, text) => {
      const { settings, unknown } = readEnvironmentSettings({ [`OMNI_${words.join("_")}`]: text }, {});
      return settings.length + unknown.length === 1;
    }));
  });
});

describe("the value of a variable", () => {
  it("is JSON where it plainly is, else the text", () => {
    expect(["true", "false", "12", "-1.5", '{"a":1}', "[1]", '"12"', "text", "", "null", "007", "1e3", "12345678901234567890", "1.0", "{broken", "0x1f", " 5 "].map((text) => valueOf(text))).toEqual([
      true, false, 12, -1.5, { a: 1 }, [1], "12", "text", "", "null", "007", "1e3", "12345678901234567890", "1.0", "{broken", "0x1f", 5,
    ]);
  });

  it("stays text where only text fits", () => {
    expect(valueOf("123", "OMNI_WORKSPACE")).toBe("123");
    expect(valueOf("true", "OMNI_PROVIDER_USE")).toBe("true");
  });
});
