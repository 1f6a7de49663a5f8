import { createCountingRandom } from "@omni/testkit/fakes";
import type { Breach, BreachKind } from "./ledger/breach.ts";
import type { Scenario } from "./scenario.ts";
import type { World } from "./world/world.ts";
import { checkLedgers } from "./ledger/check-ledgers.ts";
import { createWorld } from "./world/world.ts";

/** What one run of a scenario came to. */
export interface TrialResult {
  readonly scenario: Scenario;
  readonly index: number;
  readonly seed: number;
  readonly breaches: readonly Breach[];
  readonly notes: readonly string[];
  readonly unknownReported: number;
  readonly labelledRepeats: number;
  /** Messages that were sent. */
  readonly messages: number;
  /** Kills, and how long each start after one took, milliseconds. */
  readonly kills: number;
  readonly readyMs: readonly number[];
  readonly tookMs: number;
  /** Folders that are kept because something broke. */
  readonly kept: readonly string[];
}

/** How scenarios are run. */
export interface RunOptions {
  readonly program: string;
  readonly isFull: boolean;
  readonly seed: number;
  /** How many run side by side. */
  readonly jobs: number;
  /** Only this run of each scenario. */
  readonly index?: number | undefined;
  /** So many runs of each, in place of its own number. */
  readonly runs?: number | undefined;
  /** Told of every result as it comes. */
  onResult(result: TrialResult): void;
}

interface Task {
  readonly scenario: Scenario;
  readonly index: number;
  readonly runs: number;
}

/** A run that takes longer hangs. */
const mostMs = 240_000;

/** Breaches that a machine may be to blame for on which too much runs at the same time. None of them is a message lost or a thing done twice. */
const ofTime: ReadonlySet<BreachKind> = new Set<BreachKind>(["slow-recovery", "not-as-expected"]);

/**
 * Runs scenarios side by side, the long ones first as listed, and gives every
 * result. What was only too slow, or not as expected, is run once more at the
 * end, with nothing beside it, and that run counts: a fault of the program
 * shows itself again.
 */
export async function runScenarios(scenarios: readonly Scenario[], options: RunOptions): Promise<readonly TrialResult[]> {
  const tasks = scenarios.flatMap((scenario): readonly Task[] => {
    const runs = options.runs ?? scenario.runs[options.isFull ? 1 : 0];
    const all = Array.from({ length: runs }, (_, index) => ({ scenario, index, runs }));
    return options.index === undefined ? all : [{ scenario, index: options.index, runs }];
  });
  const results: TrialResult[] = [];
  const doubtful: { readonly task: Task; readonly first: TrialResult }[] = [];
  const tell = (result: TrialResult): void => {
    results.push(result);
    options.onResult(result);
  };
  const work = async (): Promise<void> => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      const result = await runTrial(task, options);
      if (isDoubtful(result)) doubtful.push({ task, first: result });
      else tell(result);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  for (const { task, first } of doubtful) {
    const again = await runTrial(task, options);
    tell({ ...again, notes: [...first.breaches.map(({ detail }) => `run again, because ${detail}`), ...again.notes] });
  }
  return results;
}

function isDoubtful({ breaches }: TrialResult): boolean {
  return breaches.length > 0 && breaches.every(({ kind }) => ofTime.has(kind));
}

async function runTrial({ scenario, index, runs }: Task, { program, isFull, seed: base }: RunOptions): Promise<TrialResult> {
  const begun = performance.now();
  const seed = base + index;
  const worlds: World[] = [];
  const breaches: Breach[] = [];
  const notes: string[] = [];
  const total = { unknownReported: 0, labelledRepeats: 0, messages: 0, kills: 0, readyMs: new Array<number>(), kept: new Array<string>() };
  const expect = (holds: boolean, what: string): void => {
    if (!holds) breaches.push({ promise: "expected", kind: "not-as-expected", detail: what });
  };
  const create = async (options = {}): Promise<World> => {
    const world = await createWorld(program, options);
    worlds.push(world);
    return world;
  };
  try {
    const settle = async (world: World): Promise<void> => expect(await world.settle(), "all that was sent comes to its end, or goes on");
    await within(mostMs, scenario.run({ index, runs, random: createCountingRandom(seed), program, isFull, createWorld: create, settle, expect, note: (text) => void notes.push(text) }));
    for (const world of worlds) await within(mostMs, take(world, breaches, total));
  } catch (error) {
    expect(false, `the run broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  for (const world of worlds) {
    if (breaches.length > 0) total.kept.push(world.folder);
    await world.dispose(breaches.length > 0);
  }
  return { scenario, index, seed, breaches, notes, ...total, tookMs: performance.now() - begun };
}

interface Total {
  unknownReported: number;
  labelledRepeats: number;
  messages: number;
  kills: number;
  readonly readyMs: number[];
}

async function take(world: World, breaches: Breach[], total: Total): Promise<void> {
  const ledgers = await world.close();
  const verdict = checkLedgers(ledgers);
  breaches.push(...verdict.breaches);
  total.unknownReported += verdict.unknownReported;
  total.labelledRepeats += verdict.labelledRepeats;
  total.messages += ledgers.sent.length;
  total.kills += ledgers.kills.filter(({ isOrderly }) => !isOrderly).length;
  total.readyMs.push(...ledgers.restarts.map(({ readyMs }) => readyMs));
}

async function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it takes longer than ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
