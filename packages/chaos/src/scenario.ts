import type { Random } from "@omni/core";
import type { World, WorldOptions } from "./world/world.ts";

/** What a scenario is about: a row of the table. */
export type FaultClass = "kill at a barrier" | "kill at random" | "kill at the k-th write" | "disk full" | "intake" | "provider" | "storage" | "life";

/** One run of a scenario. */
export interface Trial {
  /** From 0; what a sweep takes its point from. */
  readonly index: number;
  /** How many runs there are in all. */
  readonly runs: number;
  readonly random: Random;
  /** Command line of the program under test. */
  readonly program: string;
  /** True in the long run, where pauses have their full length. */
  readonly isFull: boolean;
  /** Makes a world; its ledgers are checked, and it is put away, after the run. */
  createWorld(options?: WorldOptions): Promise<World>;
  /** Waits until all that was sent has ended, and notes when it does not. */
  settle(world: World): Promise<void>;
  /** Notes what this scenario alone asks for. */
  expect(holds: boolean, what: string): void;
  /** Adds to what is printed when something breaks: the k of a sweep, the moment of a kill. */
  note(text: string): void;
}

/** One fault, done to the built program. */
export interface Scenario {
  /** Id of the fault list: `RL-10`. */
  readonly id: string;
  readonly title: string;
  readonly faultClass: FaultClass;
  /** How often it runs: in the bounded run, and in the long one. */
  readonly runs: readonly [bounded: number, full: number];
  /** Why it cannot run here; undefined where it can. */
  readonly unavailable?: () => Promise<string | undefined>;
  run(trial: Trial): Promise<void>;
}
