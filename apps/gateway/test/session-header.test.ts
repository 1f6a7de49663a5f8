import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toSessionHeader } from "../src/session-header.ts";

const given = (value: string): string | null => toSessionHeader(new Headers({ "x-session-id": value }));

describe("X-Session-Id", () => {
  it("is the text that was sent as UTF-8", () => {
    const text = fc.string({ unit: "binary" }).map((each) => each.replace(/[\u0000-\u001f]/g, "").trim());
    fc.assert(
      fc.property(text, (each) => {
        expect(given(Buffer.from(each).toString("latin1"))).toBe(each);
      }),
    );
    expect(given(Buffer.from("a\ufeffb\u0085").toString("latin1"))).toBe("a\ufeffb\u0085");
  });

  it("is null where there is none", () => expect(toSessionHeader(new Headers())).toBeNull());

  it.each(["\u00fc", "a\u0085b", "\u00c0\u00af", "\u00ed\u00a0\u0080", "\u00c3"])("is refused where it is no UTF-8: %j", (value) => {
    expect(() => given(value)).toThrow(expect.objectContaining({ code: "session.invalid" }));
  });
});
