import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Scenario, Trial } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { countCalls, countInjected, toTracer, whyNoTracer } from "../world/tracer.ts";
import { sendMessage } from "../world/send-message.ts";

/** Kills and full disks at the k-th write to the state folder: over a start, a turn with three tools, its delivery and an orderly stop. */
export const syscallSweeps: readonly Scenario[] = [
  toSweep({ id: "RL-27", title: "SIGKILL at the k-th write of a three-tool turn", faultClass: "kill at the k-th write", runs: [4, 400] }, sweepKill, countTurn),
  toSweep({ id: "RL-63", title: "disk full from the k-th write of a three-tool turn, for 12 writes", faultClass: "disk full", runs: [3, 400] }, sweepFull, countTurn),
  // The tables have one version so far: there is no older one whose migration could be killed.
  toSweep({ id: "RL-23", title: "SIGKILL at the k-th write of the first start, which makes the tables", faultClass: "kill at the k-th write", runs: [2, 100] }, sweepFirstStart, countFirstStart),
  toSweep({ id: "RL-24", title: "SIGKILL at the k-th write of `omni config set`", faultClass: "kill at the k-th write", runs: [1, 30] }, sweepConfig, countConfig),
];

type Sweep = (trial: Trial, k: number, most: number) => Promise<void>;
type Count = (trial: Trial) => Promise<number>;

/** How many writes there are varies a little, so the last fifth of them may not come to pass. */
export const surePart = 0.8;

/** A scenario that goes over all k, or over some of them evenly. How many there are is counted once. */
function toSweep(shape: Pick<Scenario, "id" | "title" | "faultClass" | "runs">, sweep: Sweep, count: Count): Scenario {
  let counted: Promise<number> | undefined;
  return {
    ...shape,
    unavailable: whyNoTracer,
    async run(trial) {
      const most = await (counted ??= count(trial));
      // In the long run a sweep has more runs than writes, and goes over them again.
      const k = trial.runs >= most ? 1 + (trial.index % most) : 1 + Math.round((trial.index * (most * surePart - 1)) / Math.max(1, trial.runs - 1));
      trial.note(`k = ${k} of ${most}`);
      await sweep(trial, k, most);
    },
  };
}

/** A home that was used before, so that its tables are there. */
async function prepare(trial: Trial): Promise<World> {
  const world = await trial.createWorld({ deduplicates: trial.index % 2 === 0 });
  await world.start();
  await world.stop();
  return world;
}

function say(world: World): ReturnType<typeof sendMessage> {
  return sendMessage(world, { entrance: "rooms", rounds: [["read"], ["keyed"], ["once"]] });
}

async function countTurn(trial: Trial): Promise<number> {
  const world = await prepare(trial);
  const log = join(world.folder, "trace");
  await world.start({ tracer: toTracer({ home: world.home, log }) });
  await say(world).taken;
  await trial.settle(world);
  await world.stop();
  return countCalls(log);
}

/** How a traced life went. */
interface TracedLife {
  /** Why it did not come to listen; undefined where it did. */
  readonly refused: string | undefined;
  /** True where all that was sent had ended, and was shown, before anybody told it to stop. */
  readonly isSettled: boolean;
  readonly isKilled: boolean;
}

/** Runs a traced life to its end: the gateway starts, takes a message, ends its turn and is stopped, unless it ends before. */
async function liveTraced(world: World, tracer: readonly string[]): Promise<TracedLife> {
  const refused = await world.start({ tracer }).then(() => undefined, String);
  const sending = say(world);
  const isSettled = refused === undefined && (await Promise.race([world.gateway().ended.then(() => false), sending.taken.then(() => world.settle())]));
  const isKilled = refused === undefined ? (await world.stop()).signal === "SIGKILL" : isOfKill(refused);
  if (isKilled) world.interrupted();
  return { refused, isSettled, isKilled };
}

/** True for the refusal of a start that was killed. */
export function isOfKill(refused: string): boolean {
  return refused.includes('"signal":"SIGKILL"');
}

async function sweepKill(trial: Trial, k: number, most: number): Promise<void> {
  const world = await prepare(trial);
  const { isKilled } = await liveTraced(world, toTracer({ home: world.home, log: join(world.folder, "trace"), inject: `signal=KILL:when=${k}` }));
  expectKilled(isKilled, trial, k <= most * surePart);
  await goOn(world, trial);
}

/** A sweep that kills nothing shows nothing. */
function expectKilled(isKilled: boolean, trial: Trial, isSure: boolean): void {
  if (!isKilled) trial.note("nothing was killed");
  trial.expect(isKilled || !isSure, "the k-th write is reached");
}

/** The next life brings what there is to its end, and takes more. */
async function goOn(world: World, trial: Trial): Promise<void> {
  await world.start();
  await trial.settle(world);
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  await trial.settle(world);
}

/** Writes that find no room: more than a write is tried at once. */
const fullFor = 12;

/** With room again a turn goes on by itself: whoever needs a restart for it is stuck. */
async function sweepFull(trial: Trial, k: number, most: number): Promise<void> {
  const world = await prepare(trial);
  const log = join(world.folder, "trace");
  const { refused, isSettled } = await liveTraced(world, toTracer({ home: world.home, log, inject: `error=ENOSPC:when=${k}..${k + fullFor - 1}` }));
  const refusals = await countInjected(log);
  if (refusals < fullFor) trial.note(`${refusals} writes were refused before it ended`);
  trial.expect(refusals > 0 || k > most * surePart, "the k-th write is refused for want of room");
  trial.expect(refused !== undefined || isSettled, "what was sent comes to its end with room again, without a restart");
  // Where the first bytes of the log's index cannot be written, SQLite does not say why.
  trial.expect(refused === undefined || /store\.(full|failed)/.test(refused), `a start without room is refused for its store: ${refused}`);
  // A receipt is tried ever more seldom, and the harness does not wait for that.
  if (refused === undefined && refusals > 0 && refusals < fullFor) world.interrupted(true);
  await goOn(world, trial);
}

async function countFirstStart(trial: Trial): Promise<number> {
  const world = await trial.createWorld();
  const log = join(world.folder, "trace");
  await world.start({ tracer: toTracer({ log }) });
  await world.stop();
  return countCalls(log);
}

async function sweepFirstStart(trial: Trial, k: number, most: number): Promise<void> {
  const world = await trial.createWorld();
  const ended = await world.start({ tracer: toTracer({ log: join(world.folder, "trace"), inject: `signal=KILL:when=${k}` }) }).then(world.stop, String);
  const isKilled = typeof ended === "string" ? isOfKill(ended) : ended.signal === "SIGKILL";
  expectKilled(isKilled, trial, k <= most * surePart);
  if (isKilled) world.interrupted();
  await world.start();
  await say(world).taken;
  await trial.settle(world);
}

const setPort = ["config", "set", "gateway.port", "7778"];

async function countConfig(trial: Trial): Promise<number> {
  // The first program after a build also writes down what it compiled, which no later one does.
  const before = await trial.createWorld();
  await before.run(setPort).ended;
  await before.start();
  const world = await trial.createWorld();
  const log = join(world.folder, "trace");
  const { code, stderr } = await world.run(setPort, { tracer: toTracer({ log }) }).ended;
  trial.expect(code === 0, `the setting is taken: ${stderr}`);
  await world.start();
  return countCalls(log);
}

async function sweepConfig(trial: Trial, k: number, most: number): Promise<void> {
  const world = await trial.createWorld();
  const file = join(world.home, "omni.json");
  const before = await readFile(file, "utf8");
  const { signal } = await world.run(setPort, { tracer: toTracer({ log: join(world.folder, "trace"), inject: `signal=KILL:when=${k}` }) }).ended;
  expectKilled(signal === "SIGKILL", trial, k <= most * surePart);
  const after = await readFile(file, "utf8");
  const isNew = after.includes("7778");
  trial.expect(after === before || isNew, "the file is the old one or the new one");
  trial.expect((await world.run(["config", "validate"]).ended).code === 0, "what is there is whole");
  if (signal === "SIGKILL") world.interrupted();
  await world.start();
  await say(world).taken;
  await trial.settle(world);
}
