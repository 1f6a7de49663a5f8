import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EditorAction, LineEditor } from "../src/line-editor.ts";
import { createKeyDecoder } from "../src/key-decoder.ts";
import { createLineEditor } from "../src/line-editor.ts";

const mostBytes = 1_048_576;

/** Types into an editor as a terminal would; gives what the last key meant. */
function type(editor: LineEditor, text: string): EditorAction {
  const decoder = createKeyDecoder(mostBytes);
  let action: EditorAction = { kind: "nothing" };
  for (const key of [...decoder.push(text), ...decoder.flush()]) action = editor.handle(key);
  return action;
}

/** The text with a bar for the cursor. */
const toShown = ({ text, label }: { readonly text: string; readonly label?: string }): string => label ?? text;

function look({ input }: LineEditor): string {
  return `${input.units.slice(0, input.cursor).map(toShown).join("")}|${input.units.slice(input.cursor).map(toShown).join("")}`;
}

function edit(...typed: readonly string[]): LineEditor {
  const editor = createLineEditor({ mostBytes });
  for (const text of typed) type(editor, text);
  return editor;
}

const [up, down, left, right, home, end] = ["\u001b[A", "\u001b[B", "\u001b[D", "\u001b[C", "\u001b[H", "\u001b[F"];

describe("a line editor", () => {
  it.each([
    [["hello", left, left, "X"], "helX|lo"],
    [["hello", home, "X", end, "Y"], "XhelloY|"],
    [["one two three", "\u001bb", "\u001bb"], "one |two three"],
    [["one two three", home, "\u001b[1;5C"], "one| two three"],
    [["one two", "\u0017"], "one |"],
    [["one two", "\u0017", "\u0019\u0019"], "one twotwo|"],
    [["one two", "\u0015"], "|"],
    [["one two", home, "\u000b"], "|"],
    [["one", home, "\u001b[3~"], "|ne"],
    [["one", left, "\u0004"], "on|"],
    [["one two", "\u001b\u007f"], "one |"],
    [["one two", home, "\u001bd"], "| two"],
    [["e\u0301", "\u007f"], "|"],
    [["👩", "\u200d👧", "\u007f"], "|"],
    [["世界", left, "\u007f"], "|界"],
    [["a\u001b\rb"], "a\nb|"],
    [["a\nb\u001b[13;2uc"], "a\nb\nc|"],
    [["ab\ncd", up], "ab|\ncd"],
    [["ab\nc", up, home, down], "ab\n|c"],
    [["one\\", "\r", "two"], "one\ntwo|"],
  ])("makes of %j the text %j", (typed, expected) => {
    expect(look(edit(...typed))).toBe(expected);
  });

  it("submits what is written by Enter, and nothing where nothing is", () => {
    expect(type(edit("hi"), "\r")).toEqual({ kind: "submit" });
    for (const nothing of ["", "   ", " \n "]) expect(type(edit(nothing), "\r")).toEqual({ kind: "nothing" });
  });

  it("tells Ctrl+C, and Ctrl+D where nothing is written", () => {
    expect(type(edit(""), "\u0003")).toEqual({ kind: "interrupt" });
    expect(type(edit(""), "\u0004")).toEqual({ kind: "end" });
    expect(type(edit("x"), "\u0004")).toEqual({ kind: "nothing" });
  });

  it("keeps a paste of a few lines as text, and does not submit its line ends", () => {
    const editor = edit("\u001b[200~one\rtwo\r\u001b[201~");
    expect(look(editor)).toBe("one\ntwo\n|");
  });

  it("shows a long paste as one place, sends it whole, and deletes it at once", () => {
    const lines = Array.from({ length: 12_345 }, (_, index) => `line ${index}`).join("\n");
    const editor = edit("see ", `\u001b[200~${lines.replaceAll("\n", "\r")}\u001b[201~`, " there");
    expect(look(editor)).toBe("see [pasted 12,345 lines] there|");
    expect(editor.input.text()).toBe(`see ${lines} there`);
    expect(look(edit("a", `\u001b[200~${"x".repeat(2_000)}\u001b[201~`))).toBe("a[pasted 2,000 characters]|");
    type(editor, `${home}\u001b[1;5C${right}\u001b[3~`);
    expect(editor.input.text()).toBe("see  there");
  });

  it("refuses what does not fit into a message, and says what to do", () => {
    const editor = createLineEditor({ mostBytes: 100 });
    type(editor, "kept");
    expect(type(editor, `\u001b[200~${"é".repeat(60)}\u001b[201~`)).toMatchObject({ kind: "refused", reason: expect.stringContaining("100 bytes") });
    expect(look(editor)).toBe("kept|");
  });

  it("goes through what was written before, and back to what is being written", () => {
    const editor = createLineEditor({ mostBytes, past: { entries: () => ["first", "second\nline"] } });
    type(editor, `draft${up}`);
    expect(look(editor)).toBe("second\nline|");
    type(editor, up);
    type(editor, up);
    expect(look(editor)).toBe("first|");
    type(editor, `${up}${down}`);
    expect(look(editor)).toBe("second\nline|");
    type(editor, down);
    expect(look(editor)).toBe("draft|");
  });

  it("searches what was written before", () => {
    const editor = createLineEditor({ mostBytes, past: { entries: () => ["make tea", "make coffee", "read"] } });
    type(editor, "draft\u0012mak");
    expect([editor.search, look(editor)]).toEqual(["mak", "make coffee|"]);
    type(editor, "\u0012");
    expect(look(editor)).toBe("make tea|");
    expect(type(editor, "\r")).toEqual({ kind: "changed" });
    expect([editor.search, look(editor)]).toEqual([undefined, "make tea|"]);
    type(editor, "\u0012cof\u0007");
    expect(editor.search).toBeUndefined();
  });

  it("never loses its cursor, whatever is typed", () => {
    const keys = fc.constantFrom(up, down, left, right, home, end, "\u007f", "\u001b[3~", "\u0017", "\u000b", "\u0015", "\u0019", "\u001bb", "\u001bf", "\u001bd", "\n", "\\", "\r", "\u0012", "\u0007", "a", " ", "é", "e\u0301", "世", "👩‍👧", "\u200d", "\u0301", `\u001b[200~${"x\r".repeat(20)}\u001b[201~`);
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 40 }), (typed) => {
        const editor = createLineEditor({ mostBytes, past: { entries: () => ["one", "two\nlines"] } });
        for (const text of typed) type(editor, text);
        expect(editor.input.cursor).toBeGreaterThanOrEqual(0);
        expect(editor.input.cursor).toBeLessThanOrEqual(editor.input.units.length);
        expect(editor.input.text()).toBe(editor.input.units.map((unit) => unit.text).join(""));
      }),
    );
  });
});
