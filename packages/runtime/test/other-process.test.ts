import { afterEach, describe, expect, it } from "vitest";
import type { Instance, Store } from "@omni/core";
import { textReply } from "@omni/testkit/fakes";
import type { Runtime, TurnHandle } from "../src/runtime.ts";
import type { RuntimeHarness, RuntimeHarnessOptions } from "./runtime-harness.ts";
import { createRuntimeHarness, until } from "./runtime-harness.ts";

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

interface Beside {
  readonly theirs: Runtime;
  readonly ours: Runtime;
  /** Runs in their process, and does not end by itself. */
  readonly running: TurnHandle;
  /** Waits behind it in ours. */
  readonly waiting: TurnHandle;
}

/** Two processes that each run one turn at a time, and a session in which one waits for the other. */
async function openBeside(options: RuntimeHarnessOptions = {}): Promise<Beside> {
  harness = await createRuntimeHarness({ script: (_request, index) => (index === 0 ? { stall: true } : textReply("next")), agent: { maxConcurrentTurns: 1 }, ...options });
  const theirs = await harness.open();
  const running = await theirs.submit(harness.message("go"));
  running.outcome.catch(() => undefined);
  await until(harness, () => harness.provider.requests.length === 1);
  const ours = await harness.open();
  const waiting = await ours.submit(harness.message("and then"));
  waiting.outcome.catch(() => undefined);
  return { theirs, ours, running, waiting };
}

const outcomeOf = async (runtime: Runtime, { turnId }: TurnHandle) => (await runtime.turn(turnId))?.outcome;

describe("a turn that waits for another process", () => {
  it("leaves its place to others, and goes on when that has ended", async () => {
    const { theirs, ours, running, waiting } = await openBeside();
    const other = await ours.submit(harness.message("hi", { sessionId: "test:b" }));
    expect([(await other.outcome).output, await outcomeOf(ours, waiting)]).toEqual(["next", null]);
    await theirs.cancel(running.turnId);
    await until(harness, async () => (await outcomeOf(ours, waiting)) !== null);
    expect((await waiting.outcome).output).toBe("next");
  });

  it("looks again ever less often, once a second at last, and claims nothing meanwhile", async () => {
    const asked = { claims: 0, records: 0 };
    const { ours, waiting } = await openBeside({
      store: (store) => ({
        ...store,
        claim: async (...given) => ((asked.claims += 1), store.claim(...given)),
        turn: async (...given) => ((asked.records += 1), store.turn(...given)),
      }),
    });
    await harness.host.clock.advance(2_000);
    Object.assign(asked, { claims: 0, records: 0 });
    await harness.host.clock.advance(60_000);
    expect([asked.claims, asked.records <= 2 * 60]).toEqual([0, true]);
    expect(await outcomeOf(ours, waiting)).toBeNull();
  });

  it("takes up what that leaves when it dies, then has its turn", async () => {
    const { theirs, ours, running, waiting } = await openBeside();
    await harness.host.clock.advance(60_000);
    await theirs.close();
    await until(harness, async () => (await outcomeOf(ours, waiting)) !== null);
    expect([(await outcomeOf(ours, running))?.output, (await waiting.outcome).output]).toEqual(["next", "next"]);
  });

  it("ends where it is cancelled, from either process", async () => {
    const { theirs, ours, running, waiting } = await openBeside();
    const last = await ours.submit(harness.message("and last"));
    await harness.host.clock.advance(60_000);
    expect(await theirs.cancel(waiting.turnId)).toBe(true);
    await harness.host.clock.advance(1_000);
    expect((await waiting.outcome).status).toBe("cancelled");
    expect([await ours.cancel(last.turnId), (await last.outcome).status, await outcomeOf(ours, running)]).toEqual([true, "cancelled", null]);
  });

  it("is left to the next start when its process ends", async () => {
    const { ours, theirs, waiting } = await openBeside();
    await harness.host.clock.advance(60_000);
    await ours.close();
    await expect(waiting.outcome).rejects.toMatchObject({ code: "gateway.draining" });
    expect(await outcomeOf(theirs, waiting)).toBeNull();
  });
});

/** A store under whose first process another one takes a turn up at its first reply, and dies with it. */
function takenOver(store: Store): Store {
  const info = { kind: "test", pid: 1 };
  let own: Instance | undefined;
  let isTaken = false;
  return {
    ...store,
    async join() {
      own = await store.join(info);
      return { id: own.id, leave: async () => own?.leave() };
    },
    claim: (turnId, instanceId) => store.claim(turnId, own?.id ?? instanceId),
    async append(turnId, fence, events, outbox) {
      if (!isTaken && events.some((event) => event.type === "model-reply")) {
        isTaken = true;
        await own?.leave();
        const other = await store.join(info);
        await store.claim(turnId, other.id);
        await other.leave();
        own = await store.join(info);
      }
      await store.append(turnId, fence, events, outbox);
    },
  };
}

describe("a turn that another process took over and did not end", () => {
  it("is taken up by the message that is sent again, and followed as it goes on", async () => {
    harness = await createRuntimeHarness({ script: [textReply("lost"), textReply("in the end")], store: takenOver });
    const runtime = await harness.open();
    const send = (): Promise<TurnHandle> => runtime.submit(harness.message("go", { idempotency: { key: "k", bodyHash: "h" } }));
    const first = await send();
    await expect(first.outcome).rejects.toMatchObject({ code: "store.fenced" });
    expect(runtime.follow(first.turnId)).toBeUndefined();
    const again = await send();
    expect([again.turnId, again.isRepeat, (await again.outcome).output]).toEqual([first.turnId, true, "in the end"]);
    expect(runtime.follow(first.turnId)).toBeDefined();
  });
});
