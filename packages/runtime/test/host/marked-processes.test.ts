import { describe, expect, it } from "vitest";
import type { ProcessTable } from "../../src/host/process-table.ts";
import { findMarked, markVariable } from "../../src/host/marked-processes.ts";

/** What is seen of a process at each look, the last for good: its environment, that it is gone, not to be looked at, or dead, or the kernel's own. */
type Sights = readonly (readonly string[] | "gone" | "denied" | "dead" | "kernel")[];

const fault = (code: string): Error => Object.assign(new Error(code), { code });

/** A table whose passes list these processes, the last pass for good. */
function createTable(passes: readonly Readonly<Record<number, Sights>>[]): ProcessTable & { readonly passes: () => number } {
  let pass = -1;
  const looks = new Map<number, number>();
  const see = (id: number): Sights[number] => {
    const sights = passes[Math.min(pass, passes.length - 1)]?.[id] ?? [];
    return sights[Math.min(looks.get(id) ?? 0, sights.length - 1)] ?? "gone";
  };
  return {
    passes: () => pass + 1,
    async list() {
      pass += 1;
      looks.clear();
      return Object.keys(passes[Math.min(pass, passes.length - 1)] ?? {}).map(Number);
    },
    async read(id, file) {
      const sight = see(id);
      if (sight === "gone") throw fault("ESRCH");
      if (file === "stat") {
        looks.set(id, (looks.get(id) ?? 0) + 1);
        return `${id} (a ) b) ${sight === "dead" ? "Z" : "S"} 1 ${id} ${id} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 ${typeof sight === "string" ? 0 : 4_096} 1`;
      }
      if (sight === "denied") throw fault("EACCES");
      return typeof sight === "string" ? "" : sight.map((each) => `${each}\0`).join("");
    },
  };
}

const marked = ["PATH=/bin", `${markVariable}=host.1`];

describe("findMarked", () => {
  it("finds what carries the whole mark, wherever it stands among the variables", async () => {
    const table = createTable([{ 1: [["PATH=/bin"]], 2: [marked], 3: [[...marked, "LAST=x"]], 4: [[`${markVariable}=host.12`]], 5: [[`${markVariable}=other.1`]], 6: ["denied"], 7: ["kernel"] }]);
    expect(await findMarked("host.1", table)).toEqual([2, 3]);
  });

  it("looks again at a program that is just becoming another, and not for ever at one without an environment", async () => {
    expect(await findMarked("host.1", createTable([{ 1: [[], [], marked] }]))).toEqual([1]);
    expect(await findMarked("host.1", createTable([{ 1: [[]] }]))).toEqual([]);
  });

  it("goes through all again where one ended after it was listed: it may have started another", async () => {
    expect(await findMarked("host.1", createTable([{ 1: ["gone"] }, { 2: [marked] }]))).toEqual([2]);
    expect(await findMarked("host.1", createTable([{ 1: ["dead"] }, { 1: ["dead"], 2: [marked] }]))).toEqual([2]);
  });

  it("goes through them once where none did, and four times at most", async () => {
    const passes = async (table: ReturnType<typeof createTable>): Promise<number> => findMarked("host.1", table).then(table.passes);
    expect(await passes(createTable([{ 1: [["A=b"]], 2: ["kernel"] }]))).toBe(1);
    expect(await passes(createTable([{ 1: ["dead"] }]))).toBe(2);
    expect(await passes(createTable([1, 2, 3, 4, 5, 6].map((id) => ({ [id]: ["gone"] }))))).toBe(4);
  });
});
