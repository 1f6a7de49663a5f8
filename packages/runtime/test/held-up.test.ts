import { afterEach, describe, expect, it } from "vitest";
import { OmniError } from "@omni/core";
import type { ScriptedReply } from "@omni/testkit/fakes";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { Runtime, TurnHandle } from "../src/runtime.ts";
import type { RuntimeHarness, RuntimeHarnessOptions } from "./runtime-harness.ts";
import { createRuntimeHarness, until } from "./runtime-harness.ts";

let harness: RuntimeHarness | undefined;
const make = async (options?: RuntimeHarnessOptions): Promise<RuntimeHarness> => (harness = await createRuntimeHarness(options));
afterEach(() => harness?.dispose());

/** A store whose appends fail while `isFull`; joined to a clock that the test moves. */
async function makeFull(script: readonly (string | ScriptedReply)[]): Promise<{ readonly made: RuntimeHarness; readonly disk: { isFull: boolean } }> {
  const disk = { isFull: false };
  const made = await make({
    script: script.map((reply) => (typeof reply === "string" ? textReply(reply) : reply)),
    store: (store) => ({
      ...store,
      append: async (...given) => {
        if (disk.isFull) throw new OmniError("store.full", "The disk is full.");
        return store.append(...given);
      },
    }),
  });
  return { made, disk };
}

/** A message whose turn meets a full disk; nobody has to look at how it ends. */
async function submitToFull(made: RuntimeHarness, disk: { isFull: boolean }): Promise<{ readonly runtime: Runtime; readonly held: TurnHandle }> {
  const runtime = await made.open();
  disk.isFull = true;
  const held = await runtime.submit(made.message("go"));
  held.outcome.catch(() => undefined);
  return { runtime, held };
}

/** How often a turn was told to be held up. */
const holds = (made: RuntimeHarness): number => made.host.log.lines.filter(({ message }) => message.includes("holds a turn up")).length;

describe("a store that holds a turn up", () => {
  it("tells whoever waits, goes on with it when there is room, and then with what waits behind it", async () => {
    const { made, disk } = await makeFull(["in the end", "next"]);
    const runtime = await made.open();
    disk.isFull = true;
    const held = await runtime.submit(made.message("go"));
    const told = held.outcome.catch((error: unknown) => error);
    const behind = await runtime.submit(made.message("and then"));
    await until(made, () => holds(made) > 0);
    expect([await told, (await runtime.turn(held.turnId))?.outcome, (await runtime.turn(behind.turnId))?.status]).toEqual([expect.objectContaining({ code: "store.full" }), null, "queued"]);
    disk.isFull = false;
    await until(made, async () => (await runtime.turn(behind.turnId))?.outcome != null);
    expect([(await runtime.turn(held.turnId))?.outcome?.output, (await runtime.turn(behind.turnId))?.outcome?.output]).toEqual(["in the end", "next"]);
  });

  it("leaves it to the next start where the process ends before there is room", async () => {
    const { made, disk } = await makeFull(["lost", "after all"]);
    const { runtime, held } = await submitToFull(made, disk);
    await until(made, () => holds(made) > 0);
    await runtime.close();
    disk.isFull = false;
    const next = await made.open();
    expect(await next.recover()).toBe(1);
    expect(await next.follow(held.turnId)?.outcome).toMatchObject({ status: "completed", output: "after all" });
  });
});

describe("a turn that was stopped while the store took nothing", () => {
  it("ends as cancelled when there is room, and its session goes on", async () => {
    const { made, disk } = await makeFull([{ stall: true }, "next"]);
    const { runtime, held } = await submitToFull(made, disk);
    await until(made, () => holds(made) > 0);
    expect(await runtime.cancel(held.turnId)).toBe(true);
    const before = holds(made);
    await until(made, () => holds(made) > before);
    const behind = await runtime.submit(made.message("and then"));
    disk.isFull = false;
    await until(made, async () => (await runtime.turn(behind.turnId))?.outcome != null);
    expect([(await runtime.turn(held.turnId))?.outcome?.status, (await behind.outcome).status]).toEqual(["cancelled", "completed"]);
  });

  it("is not told to have stopped where its answer was made already, and is answered", async () => {
    const { made, disk } = await makeFull(["the answer"]);
    const { runtime, held } = await submitToFull(made, disk);
    await until(made, () => holds(made) > 0);
    expect(await runtime.cancel(held.turnId)).toBe(false);
    disk.isFull = false;
    await until(made, async () => (await runtime.turn(held.turnId))?.outcome != null);
    expect((await runtime.turn(held.turnId))?.outcome).toMatchObject({ status: "completed", output: "the answer" });
  });

  it("is left to the next start where the process ends first", async () => {
    const { made, disk } = await makeFull([{ stall: true }]);
    const { runtime, held } = await submitToFull(made, disk);
    await until(made, () => holds(made) > 0);
    await runtime.cancel(held.turnId);
    let isClosed = false;
    void runtime.close().then(() => (isClosed = true));
    await until(made, () => isClosed);
    expect((await (await made.open()).turn(held.turnId))?.outcome).toBeNull();
  });

  it("is stopped at once where it runs and the store is locked", async () => {
    let isLocked = false;
    const made = await make({
      script: [{ stall: true }],
      store: (store) => ({ ...store, cancelQueued: async (...given) => (isLocked ? Promise.reject(new OmniError("store.busy", "locked", { retryable: true })) : store.cancelQueued(...given)) }),
    });
    const runtime = await made.open();
    const turn = await runtime.submit(made.message("go"));
    await until(made, () => made.provider.requests.length === 1);
    isLocked = true;
    expect(await runtime.cancel(turn.turnId)).toBe(true);
    expect((await turn.outcome).status).toBe("cancelled");
    await expect(runtime.cancel("none")).rejects.toMatchObject({ code: "store.busy" });
  });
});

describe("what the store does not take for a while", () => {
  /** A turn that appends, asks and answers; the disk fills up as soon as the append has happened. */
  const makeActing = async (): Promise<{ readonly made: RuntimeHarness; readonly disk: { isFull: boolean } }> => {
    const disk = { isFull: false };
    const made = await make({
      script: [callReply([{ name: "echo.append", arguments: { text: "x" } }]), textReply("done")],
      store: (store) => ({
        ...store,
        append: async (...given) => {
          if (made.echo.appended.length > 0 && disk.isFull) throw new OmniError("store.full", "The disk is full.");
          return store.append(...given);
        },
      }),
    });
    return { made, disk };
  };

  it("is written when there is room: the result of a call that ran is told as it was", async () => {
    const { made, disk } = await makeActing();
    const { runtime, held: turn } = await submitToFull(made, disk);
    await until(made, () => holds(made) > 3);
    expect([made.echo.appended, made.provider.requests.length]).toEqual([["x"], 1]);
    disk.isFull = false;
    await until(made, async () => (await runtime.turn(turn.turnId))?.outcome != null);
    const outcome = await runtime.follow(turn.turnId)?.outcome;
    expect([outcome, made.echo.appended, made.provider.requests.length]).toEqual([expect.objectContaining({ status: "completed", output: "done", toolCalls: [{ name: "echo.append", status: "completed" }] }), ["x"], 2]);
    expect(JSON.stringify(made.provider.requests[1]?.messages)).not.toContain("unknown-fate");
  });

  it("takes nothing of the time that the turn has", async () => {
    const { made, disk } = await makeActing();
    const { runtime, held: turn } = await submitToFull(made, disk);
    await until(made, () => holds(made) > 0);
    await made.host.clock.advance(600_000);
    disk.isFull = false;
    await until(made, async () => (await runtime.turn(turn.turnId))?.outcome != null);
    expect(await runtime.follow(turn.turnId)?.outcome).toMatchObject({ status: "completed", output: "done" });
  });

  it("is as a kill leaves it where the process ends first", async () => {
    const { made, disk } = await makeActing();
    const { runtime, held: turn } = await submitToFull(made, disk);
    await until(made, () => holds(made) > 0);
    await runtime.close();
    disk.isFull = false;
    const next = await made.open();
    expect(await next.recover()).toBe(1);
    expect([await next.follow(turn.turnId)?.outcome, made.echo.appended]).toEqual([expect.objectContaining({ status: "completed", toolCalls: [{ name: "echo.append", status: "unknown" }] }), ["x"]]);
  });
});

describe("a store that fails for no reason it tells", () => {
  it("ends the turn as failed once it can be written, and the session goes on", async () => {
    let isBroken = false;
    const made = await make({
      script: async (request) => textReply(JSON.stringify(request.messages.at(-1)).includes("and then") ? "next" : "lost"),
      store: (store) => ({ ...store, append: async (...given) => (isBroken ? Promise.reject(new OmniError("store.failed", "disk I/O error")) : store.append(...given)) }),
    });
    const runtime = await made.open();
    isBroken = true;
    const broken = await runtime.submit(made.message("go"));
    broken.outcome.catch(() => undefined);
    const behind = await runtime.submit(made.message("and then"));
    await until(made, () => holds(made) > 5);
    // Its model is asked for each of four tries, and no more.
    expect(made.provider.requests.length).toBe(4);
    isBroken = false;
    await until(made, async () => (await runtime.turn(behind.turnId))?.outcome != null);
    expect([(await runtime.turn(broken.turnId))?.outcome, (await behind.outcome).output]).toEqual([expect.objectContaining({ status: "failed", error: expect.objectContaining({ code: "store.failed" }) }), "next"]);
  });
});

describe("a store that holds up a turn of a dead process", () => {
  it("lets it come to its end when there is room, and then the message that waited for it", async () => {
    const { made, disk } = await makeFull(["lost", "lost too", "after all", "next"]);
    const { runtime, held } = await submitToFull(made, disk);
    await until(made, () => holds(made) > 0);
    await runtime.close();
    const next = await made.open();
    const before = holds(made);
    const waiting = await next.submit(made.message("and then"));
    waiting.outcome.catch(() => undefined);
    await until(made, () => holds(made) > before);
    disk.isFull = false;
    await until(made, async () => (await next.turn(waiting.turnId))?.outcome != null);
    expect([(await next.turn(held.turnId))?.outcome?.status, (await next.turn(waiting.turnId))?.outcome?.status]).toEqual(["completed", "completed"]);
  });
});

describe("a store that fails for a moment", () => {
  it("is tried again, and the turn goes on", async () => {
    let failures = 2;
    const made = await make({
      script: [textReply("in the end")],
      store: (store) => ({
        ...store,
        append: async (...given) => {
          if (failures > 0) {
            failures -= 1;
            throw new OmniError("store.full", "The disk is full.");
          }
          return store.append(...given);
        },
      }),
    });
    const turn = await (await made.open()).submit(made.message("go"));
    await made.host.clock.advance(5_000);
    expect(await turn.outcome).toMatchObject({ status: "completed", output: "in the end" });
  });
});
