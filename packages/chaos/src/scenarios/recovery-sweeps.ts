import { join } from "node:path";
import type { Scenario, Trial } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { countCalls, toTracer, whyNoTracer } from "../world/tracer.ts";
import { isOfKill, surePart } from "./syscall-sweeps.ts";
import { sendMessage } from "../world/send-message.ts";

/** Kills of one start after another that takes up what was left, each at a write of its own. */
export const recoverySweeps: readonly Scenario[] = [toRecoverySweep()];

const wantedKills = 10;

/** Most starts that are made for ten kills. */
const mostStarts = 30;

/** How many writes there are to be killed at. */
interface Writes {
  /** Of a start that takes everything up and ends it. */
  readonly recovery: number;
  /** Of one that finds nothing to take up. */
  readonly start: number;
}

/** They are counted once. */
function toRecoverySweep(): Scenario {
  let counted: Promise<Writes> | undefined;
  return {
    id: "RL-26",
    title: "at the k-th write of each of ten starts, which take up two calls and an answer that was being sent",
    faultClass: "kill at the k-th write",
    runs: [1, 10],
    unavailable: whyNoTracer,
    run: async (trial) => killRecoveries(trial, await (counted ??= countWrites(trial))),
  };
}

async function killRecoveries(trial: Trial, writes: Writes): Promise<void> {
  const world = await leaveWork(trial);
  const killedAt: number[] = [];
  let most = writes.recovery;
  for (let starts = 0; starts < mostStarts && killedAt.length < wantedKills; starts += 1) {
    const k = 1 + Math.floor(trial.random.next() * most);
    if (await isKilledAt(world, k, starts)) killedAt.push(k);
    // One that outlives its write has left nothing to take up; the others are killed within what every start writes.
    else most = writes.start;
  }
  trial.note(`killed at writes ${killedAt.join(", ")} of ${writes.recovery}, of which a start takes ${writes.start}`);
  trial.expect(killedAt.length === wantedKills, `ten starts are killed: ${killedAt.length}`);
  await world.start();
  await sendMessage(world, { entrance: "rooms", to: "once", rounds: [["once"]] }).taken;
  await trial.settle(world);
}

/** A home whose gateway was killed with a call made that may not be repeated, with one made under a key, and with an answer that the platform had shown and not confirmed. */
async function leaveWork(trial: Trial): Promise<World> {
  const world = await trial.createWorld({ deduplicates: trial.index % 2 === 1 });
  await world.start();
  world.platform.fault("lose-answer");
  await sendMessage(world, { entrance: "rooms", to: "half-sent" }).taken;
  await world.platform.faulted();
  for (const effect of ["once", "keyed"] as const) {
    world.gates.hold(`${effect}:after`);
    // Killed in every one of three tries, a turn is given up.
    await sendMessage(world, { entrance: "rooms", to: effect, rounds: [[effect], ["once"]], mayFail: true }).taken;
    await world.gates.reached(`${effect}:after`);
  }
  await world.kill();
  return world;
}

async function countWrites(trial: Trial): Promise<Writes> {
  const world = await leaveWork(trial);
  const count = async (name: string): Promise<number> => {
    const log = join(world.folder, name);
    await world.start({ tracer: toTracer({ home: world.home, log }) });
    await trial.settle(world);
    await world.kill();
    return Math.max(1, Math.floor((await countCalls(log)) * surePart));
  };
  const counted = { recovery: await count("recovery"), start: await count("start") };
  await world.start();
  return counted;
}

/** Starts a gateway that is killed at its k-th write; false where it has brought everything to its end before, and is killed then. */
async function isKilledAt(world: World, k: number, start: number): Promise<boolean> {
  const tracer = toTracer({ home: world.home, log: join(world.folder, `trace-${start}`), inject: `signal=KILL:when=${k}` });
  const refused = await world.start({ tracer }).then(() => undefined, String);
  if (refused !== undefined) {
    if (!isOfKill(refused)) throw new Error(`a start was not killed and did not come to listen: ${refused}`);
    world.interrupted();
    return true;
  }
  const end = await Promise.race([world.gateway().ended, world.settle()]);
  if (end === true) {
    await world.kill();
    return false;
  }
  if (end === false || end.signal !== "SIGKILL") throw new Error(`a gateway that was not killed brings nothing to its end: ${JSON.stringify(end)}`);
  world.interrupted();
  return true;
}
