import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createScreen } from "../src/screen.ts";
import { createSmallTerminal } from "./small-terminal.ts";

const row = fc.oneof(fc.constant(""), fc.string({ unit: fc.constantFrom("a", "b", " ", "世", "\u001b[1mx\u001b[0m"), maxLength: 9 }));
const frame = fc.record({ printed: fc.array(row, { maxLength: 4 }), footer: fc.array(row, { minLength: 1, maxLength: 5 }), place: fc.nat() });

/** A row as it is seen. */
function toSeen(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;]*m/g, "").trimEnd();
}

function trim(rows: readonly string[]): readonly string[] {
  return rows.join("\n").trimEnd().split("\n");
}

describe("a screen", () => {
  it("shows all that was printed and then the footer, the cursor in it, after any frames", () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 12 }), (frames) => {
        const terminal = createSmallTerminal({ columns: 20, rows: 6 });
        const screen = createScreen(terminal.device);
        const printed: string[] = [];
        for (const each of frames) {
          const footer = { rows: each.footer, row: each.place % each.footer.length, column: each.place % 20 };
          screen.draw(each.printed, footer);
          printed.push(...each.printed);
          expect(terminal.rows()).toEqual(trim([...printed, ...each.footer].map(toSeen)).filter((_, index, all) => all.length > 1 || all[index] !== ""));
          expect(terminal.cursor).toEqual({ row: printed.length + footer.row, column: footer.column });
        }
        screen.clear();
        expect(trim(terminal.rows())).toEqual(trim(printed.map(toSeen)));
      }),
      { numRuns: 300 },
    );
  });

  it("writes again only what has changed", () => {
    const terminal = createSmallTerminal();
    const screen = createScreen(terminal.device);
    const toFooter = (last: string): Parameters<typeof screen.draw>[1] => ({ rows: ["first", "second", last], row: 2, column: 1 });
    screen.draw([], toFooter("> a"));
    const before = terminal.written.length;
    screen.draw([], toFooter("> ab"));
    expect(terminal.written.slice(before)).not.toContain("first");
    expect(terminal.screen()).toEqual(["first", "second", "> ab"]);
  });

  it("begins anew on a clear screen after a reset", () => {
    const terminal = createSmallTerminal();
    const screen = createScreen(terminal.device);
    screen.draw(["printed"], { rows: [">"], row: 0, column: 1 });
    screen.reset();
    screen.draw([], { rows: [">"], row: 0, column: 1 });
    expect(terminal.screen()).toEqual([">"]);
  });
});
