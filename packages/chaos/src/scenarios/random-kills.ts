import type { Scenario, Trial } from "../scenario.ts";
import type { CallKind } from "../ledger/ledgers.ts";
import type { World } from "../world/world.ts";
import { sendMessage } from "../world/send-message.ts";

/** SIGKILL at random moments under load, on platforms with and without deduplication, with and without a memory that consolidates. */
export const randomKills: readonly Scenario[] = [{ id: "RL-28", title: "SIGKILL at random moments under load", faultClass: "kill at random", runs: [2, 24], run: killAtRandom }];

const plans: readonly (readonly (readonly CallKind[])[])[] = [[], [["once"]], [["read", "read"], ["once"]], [["once", "once"]], [["keyed"], ["once"], ["read"]]];

/** A small window that is consolidated every few turns. */
const remembering = { memory: { use: "sqlite" }, window: { use: "ring", with: { capacity: 8, consolidateAt: 4, consolidateBatch: 2 } } };

async function killAtRandom(trial: Trial): Promise<void> {
  const { isFull, index, random } = trial;
  const messages = isFull ? 40 : 10;
  const kills = isFull ? 20 : 4;
  const world = await trial.createWorld({ deduplicates: index % 2 === 0, maxMessageLength: 220, config: index % 4 < 2 ? remembering : {} });
  await world.start();
  await world.token();
  const senders = ["a", "b", "c", "d", "e", "f"].map((to, place) => talk(world, { to, entrance: (["http", "rooms", "ws"] as const)[place % 3] ?? "http", messages, trial }));
  let isOver = false;
  const all = Promise.all(senders).finally(() => (isOver = true));
  // What it rejects with is told after the kills.
  all.catch(() => undefined);
  const moments: number[] = [];
  for (let count = 0; count < kills && !isOver; count += 1) {
    const moment = Math.round(20 + random.next() * 400);
    moments.push(moment);
    await new Promise((resolve) => setTimeout(resolve, moment));
    await world.kill();
    await world.start();
  }
  trial.note(`killed after ${moments.join(", ")} ms of each life`);
  await all;
  await trial.settle(world);
}

interface Talk {
  readonly to: string;
  readonly entrance: "http" | "ws" | "rooms";
  readonly messages: number;
  readonly trial: Trial;
}

/** One person, who says the next thing when the last is taken. */
async function talk(world: World, { to, entrance, messages, trial: { random } }: Talk): Promise<void> {
  for (let count = 0; count < messages; count += 1) {
    const rounds = plans[Math.floor(random.next() * plans.length)] ?? [];
    // Killed in every one of three tries, a turn may be given up.
    await sendMessage(world, { entrance, to, rounds, parts: random.next() < 0.2 ? 3 : 1, mayFail: true }).taken;
  }
}
