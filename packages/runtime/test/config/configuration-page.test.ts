import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonSchema } from "@omni/core";
import { configSchema } from "../../src/config/config-schema.ts";
import { findSchemaProblems } from "../../src/config/schema-problems.ts";
import { isJsonObject } from "../../src/config/json-shape.ts";
import { parseConfigText } from "../../src/config/config-text.ts";

const page = await readFile(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");

function* toRows(schema: JsonSchema, outer: string): Generator<string, void, undefined> {
  const properties: JsonObject = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  for (const [key, inner] of Object.entries(properties)) {
    if (!isJsonObject(inner)) continue;
    const value = inner["default"] === undefined ? "" : `\`${JSON.stringify(inner["default"])}\` `;
    const reserved = inner["x-reserved"] === true ? " No effect yet." : "";
    yield `| \`${outer}${key}\` | ${value}| ${String(inner["description"])}${reserved} |`;
    if (inner["required"] === undefined && inner["additionalProperties"] === false) yield* toRows(inner, `${outer}${key}.`);
  }
}

describe("the page on configuration", () => {
  it("has every key of the schema with its default and meaning, and no other", () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| `"));
    expect(rows.filter((row) => /^\| `[$a-z]/.test(row))).toEqual([...toRows(configSchema, "")]);
  });

  it("shows a file that fits", async () => {
    const example = /```jsonc\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    expect(findSchemaProblems(configSchema, await parseConfigText(example, "example"))).toEqual([]);
  });
});
