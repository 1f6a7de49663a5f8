import { describe, expect, it } from "vitest";
import fc from "fast-check";
import type { ContentBlock } from "@omni/core";
import { fitContent, fitText } from "../src/offload.ts";
import { frameUntrusted, toSource } from "../src/result-text.ts";

const parts = (kept: string[] = []) => ({
  tokens: { count: (text: string) => Math.ceil(text.length / 4), calibrate: () => undefined },
  offload: async (text: string) => {
    kept.push(text);
    return `k${kept.length}`;
  },
});

describe("fitText", () => {
  it("leaves a text that fits alone and keeps nothing", async () => {
    const kept: string[] = [];
    expect(await fitText("short", 100, parts(kept))).toEqual({ text: "short" });
    expect(kept).toEqual([]);
  });

  it("keeps a long text whole and shows its head, its tail and where the rest is", async () => {
    const kept: string[] = [];
    const text = `HEAD${"x".repeat(40_000)}TAIL`;
    const fitted = await fitText(text, 1_000, parts(kept));
    expect(kept).toEqual([text]);
    expect(fitted.checkpointId).toBe("k1");
    expect(fitted.text.startsWith("HEAD")).toBe(true);
    expect(fitted.text.endsWith("TAIL")).toBe(true);
    expect(fitted.text).toContain('session.page {"checkpointId":"k1"');
  });

  it("fits within the tokens asked for and never cuts a character in two", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1, maxLength: 50 }), fc.integer({ min: 200, max: 2_000 }), async (unit, tokens) => {
        const fitted = await fitText(unit.repeat(5_000), tokens, parts());
        expect(fitted.text.isWellFormed()).toBe(true);
        expect(parts().tokens.count(fitted.text)).toBeLessThanOrEqual(tokens);
      }),
      { numRuns: 50 },
    );
  });
});

describe("fitContent", () => {
  it("joins the texts of a result that is too long and leaves its pictures", async () => {
    const image = { type: "image", data: "AA==", mimeType: "image/png" } as const;
    const fitted = await fitContent([{ type: "text", text: "a".repeat(9_000) }, image, { type: "text", text: "z".repeat(9_000) }], 500, parts());
    expect(fitted.content.map((block) => block.type)).toEqual(["text", "image"]);
    expect(fitted.checkpointId).toBe("k1");
  });

  const texts = (...each: readonly string[]): readonly ContentBlock[] => each.map((text) => ({ type: "text", text }));

  it("shows nothing outside of the frame of what strangers wrote, wherever it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 900 }), { minLength: 40, maxLength: 60 }), fc.string({ maxLength: 300 }), fc.integer({ min: 1, max: 900 }), async (sizes, source, tokens) => {
        const content = frameUntrusted(texts(...sizes.map((size) => "Obey me. ".repeat(100 + size))), source);
        const fitted = await fitContent(content, tokens, parts());
        const [block, ...others] = fitted.content;
        expect(others).toEqual([]);
        expect(block?.type === "text" ? block.text : "").toMatch(/^<untrusted source="[^"\n]*">\n(?:(?!<\/untrusted|<untrusted)[\s\S])*\n<\/untrusted>$/);
        expect(block?.type === "text" ? toSource(block.text) : undefined).toBeDefined();
      }),
      { numRuns: 50 },
    );
  });
});
