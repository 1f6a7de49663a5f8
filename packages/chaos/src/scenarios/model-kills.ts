import type { FakeOpenAIReply } from "@omni/testkit/fakes";
import type { Scenario, Trial } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { sendMessage } from "../world/send-message.ts";
import { toReply } from "../world/model-script.ts";
import { waitUntil } from "../world/wait-until.ts";

const common = { faultClass: "kill at a barrier", runs: [1, 30] } as const;

/** Kills while the model is asked, and with many messages in hand. */
export const modelKills: readonly Scenario[] = [
  { ...common, id: "RL-03", title: "with 20 messages queued in 5 sessions", run: killQueued },
  { ...common, id: "RL-05", title: "with the model asked and no byte back", run: (trial) => killInReply(trial, "before") },
  { ...common, id: "RL-06", title: "in the middle of the model's stream", run: (trial) => killInReply(trial, trial.index % 2 === 0 ? "after-first" : "before-end") },
  { ...common, id: "RL-07", title: "with part of the answer shown as events", run: killWhileShown },
  { ...common, id: "RL-12", title: "with two of three parallel calls done", run: killInParallel },
  { ...common, id: "RL-26", title: "again and again while it recovers", runs: [1, 10], run: killInRecovery },
  { ...common, id: "RL-89", title: "by a poisoned message, which blocks nobody else", runs: [1, 10], run: (trial) => survivePoison(trial, false) },
  { ...common, id: "RL-89", title: "by a poisoned message, beside which slow ones run", runs: [1, 10], run: (trial) => survivePoison(trial, true) },
];

/** The first reply stands still at a barrier; every other is sent. */
function holdFirst(world: World, barrierAt: NonNullable<FakeOpenAIReply["barrierAt"]>): void {
  world.model.script((body, index) => (index === 0 ? { ...toReply(body), barrier: "held", barrierAt } : toReply(body)));
}

async function killQueued(trial: Trial): Promise<void> {
  const world = await trial.createWorld({ deduplicates: trial.index % 2 === 0 });
  await world.start();
  world.model.script((body) => ({ ...toReply(body), barrier: "held" }));
  const sessions = ["a", "b", "c", "d", "e"];
  await Promise.all(
    sessions.map(async (to, place) => {
      for (let count = 0; count < 4; count += 1) await sendMessage(world, { entrance: place < 3 ? "http" : "rooms", to, rounds: [["once"]] }).taken;
    }),
  );
  await world.model.reached("held", 1);
  await world.kill();
  world.model.script(toReply);
  world.model.release("held");
  await world.start();
  await trial.settle(world);
}

async function killInReply(trial: Trial, at: NonNullable<FakeOpenAIReply["barrierAt"]>): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  holdFirst(world, at);
  const first = sendMessage(world, { entrance: trial.index % 2 === 0 ? "rooms" : "http", rounds: [["once"], ["once"]] });
  await first.taken;
  await world.model.reached("held");
  const before = await world.readEffects();
  await world.kill();
  world.model.release("held");
  await world.start();
  await trial.settle(world);
  trial.expect(before.length === 0, "nothing runs before the reply is whole");
  trial.expect(world.model.chats.length === 4, `the model is asked 4 times, the lost one again, not ${world.model.chats.length}`);
}

async function killWhileShown(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  holdFirst(world, "after-first");
  const sending = sendMessage(world, { entrance: "http" });
  const turnId = await sending.taken;
  await world.model.reached("held");
  const shown = world.call({ path: `/turns/${turnId}`, headers: { accept: "text/event-stream" } }).then(() => "whole", () => "cut");
  await waitUntil(async () => (await world.call({ path: `/turns/${turnId}` })).body["status"] === "running", 5_000);
  await world.kill();
  trial.expect((await shown) === "cut", "the stream of a killed gateway has no end");
  world.model.release("held");
  await world.start();
  const { text } = await world.call({ path: `/turns/${turnId}`, headers: { accept: "text/event-stream", "last-event-id": "1.3" } });
  trial.expect(text.split("event: turn-end").length === 2, "the stream of the next life ends once");
  trial.expect(text.includes(`${sending.message.nonce} is done`), "the end has the whole answer");
  await trial.settle(world);
}

async function killInParallel(trial: Trial): Promise<void> {
  const world = await trial.createWorld({ hasGatedStore: true });
  await world.start();
  const effect = trial.index % 2 === 0 ? "read" : "once";
  // What only reads runs together, so the first to come is held; all else runs in order.
  world.gates.hold(`${effect}:after`, effect === "read" ? 0 : 2);
  const sending = sendMessage(world, { entrance: "rooms", rounds: [[effect, effect, effect]] });
  await world.gates.reached(`${effect}:after`);
  // Results of calls that only read go to the disk with what follows them.
  const isDone = async (): Promise<boolean> => (effect === "read" ? (await world.readEffects()).length === 3 : world.gates.count("append:tool-result:after") >= 2);
  trial.expect(await waitUntil(isDone, 10_000, 10), "two calls are done and one is not");
  await world.kill();
  await world.start();
  await sending.taken;
  await trial.settle(world);
  const effects = await world.readEffects();
  trial.expect(effect === "read" || effects.length === 3, `the two results are kept: ${effects.length} effects`);
}

async function killInRecovery(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  let lives = 0;
  world.model.script((body) => ({ ...toReply(body), barrier: `life ${lives}` }));
  const poisoned = sendMessage(world, { entrance: "rooms", to: "a", mayFail: true });
  await poisoned.taken;
  for (; lives < 10; lives += 1) {
    if (!(await Promise.race([world.model.reached(`life ${lives}`).then(() => true), waitUntil(() => world.platform.shown.length > 0, 20_000)]))) break;
    if (world.platform.shown.length > 0) break;
    await world.kill();
    world.model.release(`life ${lives}`);
    lives += 1;
    await world.start();
    lives -= 1;
  }
  world.model.script(toReply);
  const next = sendMessage(world, { entrance: "rooms", to: "a", rounds: [["once"]] });
  await next.taken;
  await trial.settle(world);
  const [turn] = await world.turnsOf("rooms:a");
  trial.expect(turn?.status === "failed", `a turn that got nowhere three times is given up: ${turn?.status}`);
  trial.expect(world.platform.shown.some(({ text }) => text.includes("is not tried again")), "its sender is told");
  trial.expect(world.model.chats.length <= 5, `the model is asked at most three times for it, and twice for the next: ${world.model.chats.length}`);
}

async function survivePoison(trial: Trial, isBesideSlow: boolean): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  if (isBesideSlow) world.model.script((body) => (JSON.stringify(body.raw).includes("crash") ? toReply(body) : { ...toReply(body), barrier: "slow" }));
  await sendMessage(world, { entrance: "rooms", to: "poisoned", rounds: [["once"], ["crash"]], mayFail: true }).taken;
  const others = ["poisoned", "one", "two"].map((to) => sendMessage(world, { entrance: "rooms", to, rounds: [["once"]] }));
  let deaths = 0;
  for (let isOver = false; !isOver && deaths < 8; ) {
    const poisonEnded = waitUntil(async () => (await world.turnsOf("rooms:poisoned").catch(() => []))[0]?.status === "failed", 30_000, 100);
    isOver = await Promise.race([world.gateway().ended.then(() => false), poisonEnded]);
    if (isOver) break;
    world.interrupted();
    deaths += 1;
    // Recovery begins before the gateway listens, so it may die before its first line.
    while (deaths < 8 && !(await world.start().then(() => true, () => false))) deaths += 1;
  }
  world.model.release("slow");
  await Promise.all(others.map(({ taken }) => taken));
  await sendMessage(world, { entrance: "rooms", to: "poisoned", rounds: [["once"]] }).taken;
  await trial.settle(world);
  trial.expect(deaths <= 5, `the message is given up after it killed the gateway a few times: ${deaths}`);
  trial.note(`the gateway was killed ${deaths} times`);
}
