import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { frameUntrusted, toSafeText, unframe } from "../src/result-text.ts";

const framed = (text: string): string => {
  const [block] = frameUntrusted([{ type: "text", text }], "x.y");
  return block?.type === "text" ? block.text : "";
};

describe("frameUntrusted", () => {
  it("holds any text in one frame that the text itself cannot close, and unframe gives the text back", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "\n", "<", "/", ">", "</untrusted>", "<untrusted source=\"q\">", "untrusted"), maxLength: 60 }), (text) => {
        expect(framed(text).match(/<\/untrusted/g)).toHaveLength(1);
        expect(unframe(framed(text))).toBe(text);
      }),
    );
  });

  it("leaves pictures as they are, and unframe leaves what is not framed", () => {
    const image = { type: "image", data: "AA==", mimeType: "image/png" } as const;
    expect(frameUntrusted([image], "x.y")).toEqual([image]);
    expect(unframe("plain <untrusted> text")).toBe("plain <untrusted> text");
  });
});

describe("toSafeText", () => {
  it("survives any wire: well-formed and without NUL", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 50 }), (text) => {
        const safe = toSafeText(`${text}\ud800\u0000`);
        expect(safe.isWellFormed()).toBe(true);
        expect(safe).not.toContain("\u0000");
      }),
    );
  });
});
