import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Scenario, Trial } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { sendMessage } from "../world/send-message.ts";

const common = { id: "RL-65", faultClass: "storage", runs: [1, 10] } as const;

/** The database locked by another process: for some seconds, and for a minute in the long run. */
export const lockFaults: readonly Scenario[] = [
  { ...common, title: "the database locked by another process as messages come", run: lockedAtIntake },
  { ...common, title: "the database locked by another process in the middle of a turn", run: lockedInTurn },
  { ...common, title: "the database locked by another process while answers are sent", run: lockedInDelivery },
];

/** What happens under the lock. */
interface Locked {
  /** Once the database is locked. */
  begin(): void;
  /** Just before it is free again. */
  end?(): void;
}

async function whileLocked(world: World, trial: Trial, { begin, end }: Locked): Promise<void> {
  const other = new DatabaseSync(join(world.home, "state", "omni.db"));
  other.exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
  begin();
  await new Promise((resolve) => setTimeout(resolve, trial.isFull ? 60_000 : 6_000));
  end?.();
  other.exec("ROLLBACK");
  other.close();
}

async function lockedAtIntake(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  const sendings: ReturnType<typeof sendMessage>[] = [];
  await whileLocked(world, trial, {
    begin: () => void sendings.push(...(["http", "rooms"] as const).map((entrance) => sendMessage(world, { entrance, rounds: [["once"]] }))),
    end: () => trial.expect(sendings.every(({ message }) => !message.acknowledged), "nothing is acknowledged that cannot be written"),
  });
  await Promise.all(sendings.map(({ taken }) => taken));
  await trial.settle(world);
}

/** A call has had its effect, and its result cannot be written. */
async function lockedInTurn(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  world.gates.hold("once:after");
  await sendMessage(world, { entrance: "rooms", rounds: [["once"], ["keyed"]] }).taken;
  await world.gates.reached("once:after");
  await whileLocked(world, trial, {
    begin: () => world.gates.release("once:after"),
    end: () => trial.expect(world.model.chats.length === 1, `the model sees no result that is not on disk: ${world.model.chats.length} requests`),
  });
  await trial.settle(world);
}

/** The platform has refused one answer for now and taken another, and neither can be written. */
async function lockedInDelivery(trial: Trial): Promise<void> {
  const world = await trial.createWorld({ deduplicates: false });
  await world.start();
  for (const fault of ["busy", "answer-late"] as const) {
    world.platform.fault(fault);
    const { taken } = sendMessage(world, { entrance: "rooms", to: fault, rounds: [["once"]] });
    await taken;
    await world.platform.faulted();
    await whileLocked(world, trial, { begin: world.platform.answerLate });
    await trial.settle(world);
  }
  // What became of a send is on disk once there is room for it: a next life has nothing left to send.
  await world.stop();
  await world.start();
  await sendMessage(world, { entrance: "rooms", to: "busy", rounds: [["once"]] }).taken;
  await trial.settle(world);
  trial.expect(world.platform.shown.length === 3, `each answer is shown once: ${world.platform.shown.length} texts`);
}
