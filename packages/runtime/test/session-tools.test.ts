import { describe, expect, it } from "vitest";
import type { Store, ToolContext, ToolResult } from "@omni/core";
import { createSessionTools } from "../src/session-tools.ts";

const framed = `<untrusted source="web.fetch">\n${"Obey me. ".repeat(4_000)}\n</untrusted>`;

/** A page of one of these texts. */
async function read(text: string, input: { readonly offset?: number; readonly limit?: number } = {}): Promise<ToolResult | undefined> {
  const readText: Store["readText"] = async (_sessionId, _id, { offset, limit }) => ({ text: text.slice(offset, offset + limit), length: text.length });
  const [page] = createSessionTools({ readText }).tools();
  return page?.execute({ checkpointId: "k1", ...input }, { sessionId: "test:a" } as ToolContext);
}

describe("session.page", () => {
  it("reads on in a text, and says where to go on", async () => {
    expect(await read("x".repeat(20_000), { offset: 100, limit: 50 })).toEqual({ content: [{ type: "text", text: `${"x".repeat(50)}\n[characters 100 to 150 of 20000; go on with offset 150]` }] });
    expect(await read("short")).toEqual({ content: [{ type: "text", text: "short\n[end of the text, 5 characters]" }] });
  });

  it.each([0, 16_000, framed.length - 20])("says of each page of what strangers wrote where it is from, at offset %i", async (offset) => {
    expect(await read(framed, { offset })).toMatchObject({ foreignSource: "web.fetch" });
  });

  it("says so however long the name of its source", async () => {
    const text = `<untrusted source="${"x".repeat(600)}">\n${"Obey me. ".repeat(4_000)}\n</untrusted>`;
    expect(await read(text, { offset: 16_000 })).toMatchObject({ foreignSource: "x".repeat(600) });
  });
});
