import { createClient } from "@omni/client";
import type { TurnEvents } from "@omni/client";
import type { FakeOpenAIReply } from "@omni/testkit/fakes";
import type { Scenario, Trial } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { sendMessage } from "../world/send-message.ts";
import { toReply } from "../world/model-script.ts";
import { waitUntil } from "../world/wait-until.ts";

const common = { faultClass: "kill at a barrier", runs: [1, 30] } as const;

/** Kills while the model is asked, and with many messages in hand. */
export const modelKills: readonly Scenario[] = [
  { ...common, id: "RL-03", title: "with 20 messages queued in 5 sessions", runs: [2, 30], run: killQueued },
  { ...common, id: "RL-05", title: "with the model asked and no byte back", runs: [2, 30], run: (trial) => killInReply(trial, "before") },
  { ...common, id: "RL-06", title: "in the middle of the model's stream, behind its first piece", run: (trial) => killInReply(trial, "after-first") },
  { ...common, id: "RL-06", title: "in the middle of the model's stream, before its last", run: (trial) => killInReply(trial, "before-end") },
  { ...common, id: "RL-07", title: "with part of the answer shown as events", run: killWhileShown },
  { ...common, id: "RL-12", title: "with two of three parallel calls done that only read", run: (trial) => killInParallel(trial, "read") },
  { ...common, id: "RL-12", title: "with two of three calls done that may not be repeated", run: (trial) => killInParallel(trial, "once") },
  { ...common, id: "RL-26", title: "again and again before it gets anywhere, which ends as given up", runs: [1, 10], run: killInRecovery },
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
  // The next life is held before its first byte, so that its stream is read from its begin.
  world.model.script((body, index) => ({ ...toReply(body), barrier: `life ${index}`, barrierAt: index === 0 ? "after-first" : "before" }));
  const first = createClient(await world.start());
  const sending = sendMessage(world, { entrance: "http" });
  const turnId = await sending.taken;
  await world.model.reached("life 0");
  const shown = await readEvents(await first.follow(turnId, { signal: AbortSignal.timeout(20_000) }), ({ text }) => text !== "");
  trial.expect(sending.message.nonce === shown.text.trim(), `a part of the answer is shown before the kill: ${JSON.stringify(shown.text)}`);
  await world.kill();
  trial.expect((await shown.rest()) === "cut", "the stream of a killed gateway has no end");
  world.model.release("life 0");
  const second = createClient(await world.start());
  const stream = await second.follow(turnId, { signal: AbortSignal.timeout(20_000), lastEventId: shown.lastId });
  world.model.release("life 1");
  const whole = await readEvents(stream, () => false, shown.text);
  trial.expect(whole.ends === 1, `the stream of the next life ends once: ${whole.ends}`);
  trial.expect(whole.text === `${sending.message.nonce} is done`, `what both have shown makes the answer, once: ${JSON.stringify(whole.text)}`);
  await trial.settle(world);
  for (const client of [first, second]) client.close();
}

/** What was read of the events of a turn. */
interface ReadEvents {
  /** As a reader puts it together that forgets what no longer counts. */
  readonly text: string;
  readonly lastId: string;
  readonly ends: number;
  /** Reads on: whether it comes to an end, or is cut. */
  rest(): Promise<"ended" | "cut">;
}

/** Reads until `isEnough`, or to the end. `text` is what was shown before. */
async function readEvents(stream: TurnEvents | undefined, isEnough: (read: { readonly text: string }) => boolean, before = ""): Promise<ReadEvents> {
  if (stream === undefined) throw new Error("the turn cannot be followed");
  const events = stream[Symbol.asyncIterator]();
  const read = { text: before, lastId: "", ends: 0 };
  for (let next = await events.next(); next.done !== true; next = await events.next()) {
    const { id, event } = next.value;
    read.lastId = id;
    if (event.type === "text-reset") read.text = "";
    if (event.type === "text-delta") read.text += event.text;
    if (event.type === "turn-end") read.ends += 1;
    if (isEnough(read)) break;
  }
  const rest = async (): Promise<"ended" | "cut"> => {
    try {
      for (;;) if ((await events.next()).done === true) return "ended";
    } catch {
      return "cut";
    }
  };
  return { ...read, rest };
}

async function killInParallel(trial: Trial, effect: "read" | "once"): Promise<void> {
  const world = await trial.createWorld({ hasGatedStore: true });
  await world.start();
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
