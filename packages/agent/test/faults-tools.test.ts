import { describe, expect, it } from "vitest";
import fc from "fast-check";
import type { RegisteredTool } from "../src/index.ts";
import { createTokenCost } from "../src/token-cost.ts";
import { createToolFitter } from "../src/fit-tools.ts";
import { calls, createHarness, says, text, tool } from "./turn-harness.ts";

const cost = createTokenCost({ count: (words) => words.length, calibrate: () => undefined });
const many = (owner: string, count: number, description = "Does something useful, as its long description says at length.") =>
  Array.from({ length: count }, (_, index) => tool(`${owner}.tool-${index}`, "once", async () => text(`${owner} ${index}`), { description }));

describe("a server with a thousand tools", () => {
  it("costs its own tools only: every turn still has room, native tools and those of small servers are all shown, and all can be called", async () => {
    const turn = createHarness({
      script: [calls(["zeta.tool-1", {}], ["big.tool-999", {}], ["a.b", {}]), says("done")],
      tools: [tool("a.b", "once", async () => text("native"))],
      untrusted: [...many("big", 1_000), ...many("zeta", 5)],
    });
    expect(await turn.run()).toMatchObject({ status: "completed", toolCalls: [{ status: "completed" }, { status: "completed" }, { status: "completed" }] });
    const names = turn.requests.map((request) => request.tools.map((each) => each.name));
    expect(names[0]).toEqual(expect.arrayContaining(["a.b", "zeta.tool-0", "zeta.tool-4", "big.tool-0"]));
    expect(names[0]?.length).toBeLessThan(300);
    expect(names[1]).toEqual(names[0]);
    expect(turn.parts.log).toMatchObject({ lines: expect.arrayContaining([expect.objectContaining({ message: expect.stringContaining("left out") })]) });
  });

  it("gives way to a message that is as long as a message may be", async () => {
    const turn = createHarness({ script: [says("read")], untrusted: many("big", 1_000), input: { text: "word ".repeat(20_000) } });
    expect(await turn.run()).toMatchObject({ status: "completed", output: "read" });
  });
});

describe("the tools that fit", () => {
  it("takes no more than it may, keeps the trusted and the order, and gives the same answer again", () => {
    const owned = fc.array(fc.record({ owner: fc.constantFrom("a", "b", "c"), size: fc.nat({ max: 300 }), trusted: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(owned, fc.nat({ max: 5_000 }), (each, most) => {
        const registered = each.map(({ owner, size, trusted }, index): RegisteredTool => ({ tool: tool(`${owner}.t${index}`, "once", async () => text(""), { description: "d".repeat(size) }), trusted, effect: "once" }));
        const { tools, leftOut } = createToolFitter(cost)(registered, most);
        expect(tools.length + leftOut).toBe(registered.length);
        const names = new Set(tools.map((shown) => shown.name));
        expect(registered.filter((one) => names.has(one.tool.name)).map((one) => one.tool.name)).toEqual(tools.map((shown) => shown.name));
        for (const one of registered) if (one.trusted) expect(names.has(one.tool.name)).toBe(true);
        const foreign = registered.filter((one) => !one.trusted && names.has(one.tool.name));
        expect(cost.tools(tools.filter((shown) => foreign.some((one) => one.tool.name === shown.name)))).toBeLessThanOrEqual(most);
        expect(createToolFitter(cost)(registered, most).tools).toEqual(tools);
      }),
    );
  });
});

describe("a request that cannot fit", () => {
  it("is not tried again with half of the room, and says the room there is", async () => {
    const turn = createHarness({ script: [], tools: many("a", 1_000) });
    const end = await turn.run();
    expect(end).toMatchObject({ status: "failed", error: { code: "provider.context-too-long", message: expect.stringContaining("into 25113 tokens") } });
  });
});
