import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toJsonText } from "../src/json-text.ts";

describe("toJsonText", () => {
  it("sets small JSON in lines and keeps every digit", () => {
    expect(toJsonText('{"a":[1,{}, []],"big":12345678901234567890,"s":"{\\"x\\": [1,2]}"}')).toBe('{\n  "a": [\n    1,\n    {},\n    []\n  ],\n  "big": 12345678901234567890,\n  "s": "{\\"x\\": [1,2]}"\n}');
  });

  it("gives what is no JSON, or long, as it is", () => {
    expect(toJsonText("{broken")).toBe("{broken");
    const long = JSON.stringify(Array.from({ length: 35_000 }, () => 1));
    expect(toJsonText(long)).toBe(long);
    expect(toJsonText(`${"[".repeat(1_000)}${"]".repeat(1_000)}`)).toContain("[]");
  });

  it("changes blanks only", () => {
    fc.assert(fc.property(fc.json(), (text) => JSON.stringify(JSON.parse(toJsonText(text))) === JSON.stringify(JSON.parse(text))));
    fc.assert(fc.property(fc.jsonValue(), (value) => toJsonText(JSON.stringify(value)) === JSON.stringify(value, null, 2)));
  });
});
