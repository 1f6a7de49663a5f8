import { describe, expect, it } from "vitest";
import { table } from "../src/table.ts";
import { defaults } from "../src/defaults.ts";

describe("table", () => {
  for (const [slot, implementations] of Object.entries(table)) {
    for (const [name, load] of Object.entries(implementations)) {
      it(`has ${name} as a ${slot}`, async () => {
        const { omni } = await load();
        expect(omni).toMatchObject({ slot, name, contract: 1, options: { jsonSchema: { type: "object" } } });
      });
    }
  }

  it("has everything the defaults name", () => {
    const slots = new Map<string, readonly string[]>(Object.entries(table).map(([slot, names]) => [slot, Object.keys(names)]));
    for (const env of [{}, { OPENAI_API_KEY: "sk-1" }]) {
      for (const [slot, choice] of Object.entries(defaults(env))) {
        if (slot === "tools") expect(slots.get("tool")).toEqual(expect.arrayContaining(Object.keys(choice as object)));
        else if (choice !== false) expect(slots.get(slot)).toContain((choice as { use: string }).use);
      }
    }
  });
});
