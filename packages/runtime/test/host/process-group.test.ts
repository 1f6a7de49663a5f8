import { describe, expect, it } from "vitest";
import type { ProcessTable } from "../../src/host/process-table.ts";
import { createProcessGroup } from "../../src/host/process-group.ts";
import { markVariable } from "../../src/host/marked-processes.ts";

interface Seen {
  readonly state: string;
  readonly environment: string;
  readonly start?: number;
}

/** No process of any system has this number, so a group of it does not exist. */
const noGroup = 2 ** 30;

/** A table with one process, as each look at the whole finds it; the last for good. */
function createTable(looks: readonly Seen[]): ProcessTable {
  let look = -1;
  const seen = (): Seen => looks[Math.min(look, looks.length - 1)] ?? { state: "Z", environment: "" };
  return {
    async list() {
      look += 1;
      return [7];
    },
    async read(_id, file) {
      const { state, environment, start = 5 } = seen();
      if (file === "environ") return environment;
      const memory = environment === "" ? 0 : 4_096;
      return `7 (a) ${state} 1 7 7 0 -1 0 ${"0 ".repeat(12)}${start} ${memory} ${"0 ".repeat(28)}\n`;
    },
  };
}

const marked = `PATH=/bin\0${markVariable}=host.1\0`;
const living = (looks: readonly Seen[]): (() => Promise<boolean>) => {
  const group = createProcessGroup(noGroup, "host.1", createTable(looks));
  return group.lives;
};

describe("what left a group", () => {
  it("lives until it is dead, also while it is on its way out and shows no environment", async () => {
    const lives = living([{ state: "S", environment: marked }, { state: "R", environment: "" }, { state: "R", environment: "" }, { state: "Z", environment: "" }]);
    expect([await lives(), await lives(), await lives()]).toEqual([true, true, false]);
  });

  it("is known also when it has become a program without the mark", async () => {
    const lives = living([{ state: "S", environment: marked }, { state: "S", environment: "A=b\0" }]);
    expect([await lives(), await lives()]).toEqual([true, true]);
  });

  it("is not a later process of its number", async () => {
    const lives = living([{ state: "S", environment: marked }, { state: "S", environment: "A=b\0", start: 6 }]);
    expect([await lives(), await lives()]).toEqual([true, false]);
  });
});
