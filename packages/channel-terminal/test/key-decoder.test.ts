import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TerminalKey } from "../src/terminal-key.ts";
import { createKeyDecoder } from "../src/key-decoder.ts";

const most = 1_000;

function decode(chunks: readonly string[], mostPaste = most): readonly TerminalKey[] {
  const decoder = createKeyDecoder(mostPaste);
  return joinTexts([...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.flush()]);
}

/** Where a chunk ends a run of characters ends too; that is no difference. */
function joinTexts(keys: readonly TerminalKey[]): readonly TerminalKey[] {
  const joined: TerminalKey[] = [];
  for (const key of keys) {
    const last = joined.at(-1);
    if (key.kind === "text" && last?.kind === "text") joined[joined.length - 1] = { kind: "text", text: last.text + key.text };
    else joined.push(key);
  }
  return joined;
}

/** A key in few letters. */
function nameOf(key: TerminalKey): string {
  if (key.kind !== "key") return `${key.kind}:${key.text}`;
  return `${key.isCtrl ? "ctrl+" : ""}${key.isAlt ? "alt+" : ""}${key.isShift ? "shift+" : ""}${key.name}`;
}

describe("a key decoder", () => {
  it.each([
    ["a", ["text:a"]],
    ["héllo 世界 👩‍👩‍👧", ["text:héllo 世界 👩‍👩‍👧"]],
    ["\r", ["enter"]],
    ["\n", ["newline"]],
    ["\t\u007f\u0008", ["tab", "backspace", "backspace"]],
    ["\u0001\u0003\u001a", ["ctrl+a", "ctrl+c", "ctrl+z"]],
    ["\u001b[A\u001b[B\u001b[C\u001b[D", ["up", "down", "right", "left"]],
    ["\u001bOA\u001bOH\u001bOF", ["up", "home", "end"]],
    ["\u001b[1;5C\u001b[1;3D\u001b[1;2A", ["ctrl+right", "alt+left", "shift+up"]],
    ["\u001b[3~\u001b[1~\u001b[4~\u001b[3;5~", ["delete", "home", "end", "ctrl+delete"]],
    ["\u001b[13;2u\u001b[27;2;13~\u001b[99;5u", ["shift+enter", "shift+enter", "ctrl+c"]],
    ["\u001b\r\u001bb\u001bF\u001b\u007f", ["alt+enter", "alt+b", "alt+shift+f", "alt+backspace"]],
    ["\u001b", ["escape"]],
    ["\u001b\u001b[A", ["escape", "up"]],
    ["\u001b[Z", ["shift+tab"]],
    ["\u001b[200~one\rtwo\r\nthree\u001b[201~!", ["paste:one\ntwo\nthree", "text:!"]],
    ["\u001b[200~\u001b[201~", ["paste:"]],
    ["\u001b]11;rgb:0000/0000/0000\u0007x\u001bP>|xterm\u001b\\y", ["text:x", "text:y"]],
    ["\u001b[?1;2c", []],
    ["\u001b[999;999;999m", []],
  ])("reads %j as %j", (sent, expected) => {
    expect(decode([sent]).map(nameOf).join(" ")).toBe(joinNames(expected));
  });

  it("reads the same wherever chunks end", () => {
    const piece = fc.oneof(
      fc.constantFrom("\u001b", "\u001b[", "\u001b[A", "\u001b[1;5C", "\u001bO", "\u001b[200~", "\u001b[201~", "\u001b]0;title\u0007", "\u001bP", "\r", "\n", "[", "~", "\u007f", "\u0000", "\u001b[13;2u", "🦓", "e\u0301"),
      fc.string({ unit: "grapheme", maxLength: 6 }),
      fc.string({ unit: fc.constantFrom("\u001b", "[", "O", "2", "0", "1", "~", ";", "u", "A", "]", "\u0007", "\\") }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (pieces, sizes) => {
        const text = pieces.join("");
        expect(decode(cut(text, sizes))).toEqual(decode([text]));
      }),
      { numRuns: 1_000 },
    );
  });

  it("waits for the rest of a sequence and of a paste, and says for which", () => {
    const decoder = createKeyDecoder(most);
    expect([decoder.push("a"), decoder.pending]).toEqual([[{ kind: "text", text: "a" }], "nothing"]);
    expect([decoder.push("\u001b"), decoder.pending]).toEqual([[], "sequence"]);
    expect(decoder.push("[A").map(nameOf)).toEqual(["up"]);
    expect([decoder.push("\u001b[200~words"), decoder.pending]).toEqual([[], "paste"]);
    expect([decoder.flush().map(nameOf), decoder.pending]).toEqual([["paste:words"], "nothing"]);
  });

  it("keeps the beginning of a paste that is too long, and its whole length", () => {
    const sent = ["\u001b[200~", ...Array.from({ length: 1_000 }, () => "0123456789"), "\u001b[201~"];
    expect(decode(sent, 25)).toEqual([{ kind: "paste", text: "0123456789012345678901234", size: 10_000 }]);
  });

  it("waits for no sequence without end", () => {
    const decoder = createKeyDecoder(most);
    decoder.push(`\u001b[${"1;".repeat(10_000)}`);
    expect(decoder.pending).toBe("nothing");
  });
});

function joinNames(names: readonly string[]): string {
  return names.reduce((all, name) => (name.startsWith("text:") && /text:[^ ]*$/.test(all) ? all + name.slice(5) : all === "" ? name : `${all} ${name}`), "");
}

function cut(text: string, sizes: Iterable<number>): readonly string[] {
  const characters = Array.from(text);
  const chunks: string[] = [];
  for (const size of sizes) {
    if (characters.length === 0) break;
    chunks.push(characters.splice(0, size).join(""));
  }
  return chunks;
}
