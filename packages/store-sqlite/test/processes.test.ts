import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoreHome } from "./store-home.ts";
import { makeStoreHome } from "./store-home.ts";

type Child = ChildProcessByStdio<null, Readable, null>;

interface Line {
  readonly joined?: string;
  readonly lock?: boolean;
  readonly accepted?: string;
  readonly turnId?: string;
  readonly appended?: number;
  readonly ended?: boolean;
  readonly result?: string;
}

const script = fileURLToPath(new URL("kill-child.ts", import.meta.url));

function start(mode: string, state: string, seed: number): Child {
  return spawn(process.execPath, ["--conditions=@omni/source", script, mode, state, String(seed)], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Everything the child said until it was gone; `enough` is asked after each piece and may have it killed. */
async function listen(child: Child, enough: (lines: readonly Line[]) => boolean = () => false): Promise<readonly Line[]> {
  let text = "";
  const lines = (): Line[] => text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
    if (enough(lines())) child.kill("SIGKILL");
  });
  await once(child, "close");
  return lines();
}

describe("processes", () => {
  let home: StoreHome;
  beforeEach(() => {
    home = makeStoreHome();
  });
  afterEach(() => home.dispose());

  it.each([3, 20, 77, 150])("have everything they were told was kept after kill -9 (after %i acknowledgements)", async (most) => {
    const lines = await listen(start("work", home.state, 1), (said) => said.length >= most);
    expect(lines.length).toBeGreaterThanOrEqual(most);
    const store = await home.open();
    for (const { accepted } of lines) if (accepted !== undefined) expect(await store.turn(accepted)).toBeDefined();
    const steps = Map.groupBy(lines.filter((line) => line.turnId !== undefined), (line) => line.turnId ?? "");
    for (const [turnId, said] of steps) {
      const events = await store.events(turnId);
      const values = events.flatMap((event) => (event.type === "step" ? [event.value] : []));
      const acknowledged = Math.max(0, ...said.map((line) => line.appended ?? 0));
      expect(values).toEqual(Array.from({ length: values.length }, (_, index) => `${turnId}.${index + 1}`));
      expect(values.length).toBeGreaterThanOrEqual(acknowledged);
      if (said.some((line) => line.ended)) expect((await store.turn(turnId))?.status).toBe("completed");
    }
    const ended = (await store.turns("test:work-1", { limit: 1_000 })).filter((record) => record.outcome !== null).length;
    expect((await store.session("test:work-1"))?.totalTurns ?? 0).toBe(ended);
    expect(await store.check()).toMatchObject({ ok: true });
  });

  it("are seen to be dead at once after kill -9, and their lock and turns can be taken", async () => {
    const child = start("work", home.state, 1);
    const store = await home.open();
    const me = await store.join({ kind: "test", pid: 1 });
    let wasAlive: Promise<boolean> | undefined;
    let wasHeld: Promise<unknown> | undefined;
    const lines = await listen(child, (said) => {
      const { joined } = said[0] ?? {};
      if (joined === undefined || said.length < 4) return false;
      wasAlive ??= store.isAlive(joined);
      wasHeld ??= store.lock("gateway", null);
      return true;
    });
    expect(await wasAlive).toBe(true);
    expect(await wasHeld).toEqual({ held: false, holder: { pid: child.pid } });
    expect(lines[0]?.lock).toBe(true);
    const id = lines[0]?.joined ?? "";
    expect(await store.isAlive(id)).toBe(false);
    expect((await store.lock("gateway", { pid: 1 })).held).toBe(true);
    const open = (await store.unfinished()).find((record) => record.owner === id);
    if (open !== undefined) expect(await store.claim(open.input.turnId, me.id)).toMatchObject({ result: "claimed", fence: 2, attempt: 2 });
    const queued = (await store.unfinished("test:queued"))[0]?.input.turnId ?? "";
    expect(await store.claim(queued, me.id)).toMatchObject({ result: "claimed", attempt: 1 });
  });

  it("have the files of dead instances swept by the next that joins", async () => {
    const lines = await listen(start("work", home.state, 1), (said) => said.length > 0);
    const { readdirSync } = await import("node:fs");
    const files = (): readonly string[] => readdirSync(`${home.state}/instances`);
    expect(files()).toEqual([`${lines[0]?.joined}.lock`]);
    const store = await home.open();
    const me = await store.join({ kind: "test", pid: 1 });
    expect(files()).toEqual([`${me.id}.lock`]);
  });

  it("can start on an empty home at the same time, and each finds its place in one database", async () => {
    const seeds = [1, 2, 3, 4];
    const said = await Promise.all(seeds.map((seed) => listen(start("once", home.state, seed))));
    expect(said).toEqual(seeds.map((seed) => [{ result: "accepted", turnId: `turn-${seed}` }]));
    const store = await home.open();
    expect((await store.turns("test:one", { limit: 10 })).map((record) => record.input.turnId).sort()).toEqual(seeds.map((seed) => `turn-${seed}`));
  });

  it("share one database while they write at the same time", async () => {
    const said = await Promise.all([1, 2].map((seed) => listen(start("work", home.state, seed), (lines) => lines.length >= 40)));
    const store = await home.open();
    for (const lines of said) {
      for (const { accepted } of lines) if (accepted !== undefined) expect(await store.turn(accepted)).toBeDefined();
    }
    expect(await store.check()).toMatchObject({ ok: true });
  });
});
