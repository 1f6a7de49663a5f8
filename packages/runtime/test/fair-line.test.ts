import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { createFairLine } from "../src/fair-line.ts";

/** The same line, made of arrays. */
function createPlainLine() {
  const lines: { readonly owner: string; readonly members: number[] }[] = [];
  return {
    enter(owner: string, member: number): void {
      const own = lines.find((line) => line.owner === owner);
      if (own === undefined) lines.push({ owner, members: [member] });
      else own.members.push(member);
    },
    leave(member: number): void {
      const index = lines.findIndex(({ members }) => members.includes(member));
      const members = lines[index]?.members ?? [];
      members.splice(members.indexOf(member), 1);
      if (members.length === 0 && index !== -1) lines.splice(index, 1);
    },
    take(): number | undefined {
      const line = lines.shift();
      const member = line?.members.shift();
      if (line !== undefined && line.members.length > 0) lines.push(line);
      return member;
    },
  };
}

describe("createFairLine", () => {
  it("takes of each owner in turn, the first of each, whoever else comes and leaves", () => {
    const step = fc.oneof(fc.record({ enters: fc.integer({ min: 0, max: 3 }) }), fc.record({ leaves: fc.nat({ max: 20 }) }), fc.constant("take" as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const [line, plain] = [createFairLine<number>(), createPlainLine()];
        const leave: (() => void)[] = [];
        for (const each of steps) {
          if (each === "take") expect(line.take()).toBe(plain.take());
          else if ("enters" in each) {
            plain.enter(`owner:${each.enters}`, leave.length);
            leave.push(line.enter(`owner:${each.enters}`, leave.length));
          } else {
            // Also one that has left or was taken already.
            plain.leave(each.leaves);
            leave[each.leaves]?.();
          }
        }
        for (let member = plain.take(); member !== undefined; member = plain.take()) expect(line.take()).toBe(member);
        expect(line.take()).toBeUndefined();
      }),
    );
  });
});
