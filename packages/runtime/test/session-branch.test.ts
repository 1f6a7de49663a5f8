import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { isBranch, toBranch } from "../src/commands/session-branch.ts";
import { toEntrance, toSessionId } from "../src/session-id.ts";

/** Characters of one and of two halves, so that any length is met in the middle of one. */
const rest = fc.string({ unit: fc.constantFrom("a", ":", "é", "🙂"), minLength: 1, maxLength: 251 }).filter((text) => text.length <= 251 && text.trim() !== "");
const name = fc.constantFrom("01TEST00000000000000000001", "f".repeat(32), `bg-${"f".repeat(32)}`);

describe("a further session of a conversation", () => {
  it("has a name that a session may have, at the same entrance, and is known for its own", () => {
    fc.assert(
      fc.property(rest, name, (text, id) => {
        const conversation = `test:${text}`;
        const branch = toBranch(conversation, id);
        expect([toSessionId(branch, "cli"), toEntrance(branch), branch.endsWith(`:${id}`), isBranch(branch, conversation)]).toEqual([branch, "test", true, true]);
      }),
    );
  });

  it("is another one for every other conversation, however late they differ", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 250 }), fc.constantFrom("b", "🙂"), (at, other) => {
        const [one, two] = ["a", other].map((each) => `test:${"x".repeat(at)}${each}`.slice(0, 256)) as [string, string];
        fc.pre(one !== two && two.isWellFormed());
        expect([toBranch(one, "1") === toBranch(two, "1"), isBranch(toBranch(one, "1"), two)]).toEqual([false, false]);
      }),
    );
  });

  it("bears the conversation's whole name where there is room", () => {
    expect(toBranch("telegram:123:7", "bg-1")).toBe("telegram:123:7:bg-1");
    expect([isBranch("telegram:123:7", "telegram:123:7"), isBranch("telegram:1234", "telegram:123")]).toEqual([true, false]);
  });
});
