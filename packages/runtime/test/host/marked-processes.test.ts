import { describe, expect, it } from "vitest";
import type { ProcessTable } from "../../src/host/process-table.ts";
import { findMarked, markVariable } from "../../src/host/marked-processes.ts";

/** What is seen of a process at each look, the last for good: its environment, or why none is shown. */
type Sights = readonly (readonly string[] | "becoming" | "empty" | "leaving" | "gone" | "denied" | "dead" | "kernel")[];

const columns = (count: number, value = 0): string => `${value} `.repeat(count);

/** A line of proc(5) with the columns that are looked at: state, group, flags, memory, and where the environment begins and ends. */
function toStat(id: number, sight: Sights[number]): string {
  const memory = sight === "dead" || sight === "leaving" || sight === "kernel" ? 0 : 4_096;
  const environment = memory === 0 || sight === "becoming" ? [0, 0] : [700, typeof sight === "string" ? 700 : 800];
  return `${id} (a ) b) ${sight === "dead" ? "Z" : "S"} 1 ${id} ${id} 0 -1 ${sight === "kernel" ? 0x20_80_40 : 0x40_00_00} ${columns(13)}${memory} ${columns(26, 1)}${environment.join(" ")} 0\n`;
}

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
        return toStat(id, sight);
      }
      if (sight === "denied") throw fault("EACCES");
      return typeof sight === "string" ? "" : sight.map((each) => `${each}\0`).join("");
    },
  };
}

const noPause = async (): Promise<void> => undefined;
const marked = ["PATH=/bin", `${markVariable}=host.1`];

describe("findMarked", () => {
  it("finds what carries the whole mark, wherever it stands among the variables", async () => {
    const table = createTable([{ 1: [["PATH=/bin"]], 2: [marked], 3: [[...marked, "LAST=x"]], 4: [[`${markVariable}=host.12`]], 5: [[`${markVariable}=other.1`]], 6: ["denied"], 7: ["kernel"] }]);
    expect(await findMarked("host.1", table)).toEqual([2, 3]);
  });

  it("looks at a program that is just becoming another until it is one, and not for ever", async () => {
    const slow = Array.from({ length: 300 }, () => "becoming" as const);
    expect(await findMarked("host.1", createTable([{ 1: ["becoming", "becoming", marked] }]), noPause)).toEqual([1]);
    expect(await findMarked("host.1", createTable([{ 1: [...slow, marked] }]), noPause)).toEqual([1]);
    expect(await findMarked("host.1", createTable([{ 1: ["becoming"] }]), noPause)).toEqual([]);
  });

  it("looks once at one that has no environment", async () => {
    const pauses: number[] = [];
    expect(await findMarked("host.1", createTable([{ 1: ["empty"], 2: ["kernel"] }]), async (milliseconds) => void pauses.push(milliseconds))).toEqual([]);
    expect(pauses).toEqual([]);
  });

  it("goes through all again where one ended after it was listed: it may have started another", async () => {
    expect(await findMarked("host.1", createTable([{ 1: ["gone"] }, { 2: [marked] }]))).toEqual([2]);
    expect(await findMarked("host.1", createTable([{ 1: ["leaving"] }, { 2: [marked] }]))).toEqual([2]);
    expect(await findMarked("host.1", createTable([{ 1: ["dead"] }, { 1: ["dead"], 2: [marked] }]))).toEqual([2]);
  });

  it("goes through them once where none did, and four times at most", async () => {
    const passes = async (table: ReturnType<typeof createTable>): Promise<number> => findMarked("host.1", table).then(table.passes);
    expect(await passes(createTable([{ 1: [["A=b"]], 2: ["kernel"] }]))).toBe(1);
    expect(await passes(createTable([{ 1: ["dead"] }]))).toBe(2);
    expect(await passes(createTable([1, 2, 3, 4, 5, 6].map((id) => ({ [id]: ["gone"] }))))).toBe(4);
  });
});
