import type { Scenario, Trial } from "../scenario.ts";
import type { Saying } from "../world/send-message.ts";
import type { World } from "../world/world.ts";
import { sendMessage } from "../world/send-message.ts";

type Expectation = (world: World, trial: Trial) => Promise<void>;

/** A kill at one place of a turn. */
interface BarrierKill {
  readonly id: string;
  readonly title: string;
  /** Where the gateway stands still when it is killed. */
  readonly point: string;
  readonly saying: Omit<Saying, "entrance">;
  /** True where the session has an earlier turn, which is read for the prompt: nothing was asked of the model when it is killed. */
  readonly isUnasked?: boolean;
  /** What must be so besides the promises, once all is quiet. */
  readonly expect?: Expectation;
}

const threeTools: Saying["rounds"] = [["read"], ["keyed"], ["once"]];

const kills: readonly BarrierKill[] = [
  { id: "RL-01", title: "before the message is on disk", point: "accept:before", saying: {} },
  { id: "RL-02", title: "with the message on disk and nobody told", point: "accept:after", saying: { rounds: [["once"]] } },
  { id: "RL-04", title: "while the context is built", point: "events:before", saying: { rounds: threeTools }, isUnasked: true },
  { id: "RL-08", title: "with the reply there and not on disk", point: "append:model-reply:before", saying: { rounds: [["once"]] }, expect: expectCalls("once", ["completed"]) },
  { id: "RL-09", title: "with the call on disk and its tool not started", point: "once:before", saying: { rounds: [["once"]] }, expect: expectCalls("once", ["unknown"]) },
  { id: "RL-10", title: "with the effect made and its result not on disk", point: "once:after", saying: { rounds: [["read"], ["once"], ["keyed"]] }, expect: expectCalls("once", ["unknown"]) },
  { id: "RL-11", title: "in the middle of a call that only reads", point: "read:after", saying: { rounds: [["read"], ["once"]] }, expect: expectCalls("read", ["completed"]) },
  { id: "RL-11", title: "in the middle of a call under an idempotency key", point: "keyed:after", saying: { rounds: [["keyed"], ["once"]] }, expect: expectCalls("keyed", ["completed"]) },
  { id: "RL-16", title: "with the answer on disk and not sent", point: "outbox:sending:before", saying: { rounds: [["once"]] }, expect: expectAskedOnce },
  { id: "RL-17", title: "with the row marked as being sent and the platform not reached", point: "outbox:sending:after", saying: { rounds: [["once"]] }, expect: expectAskedOnce },
];

/** Where a message comes from, run by run: a platform that shows every repeat, HTTP, and a platform that drops repeats. */
const variants = ["shows repeats", "http", "drops repeats"] as const;

/** Nothing is sent to who waits over HTTP, so there is nothing of it to be killed at. */
function toVariant({ point }: BarrierKill, index: number): (typeof variants)[number] | undefined {
  const own = point.startsWith("outbox") ? variants.filter((each) => each !== "http") : variants;
  return own[index % own.length];
}

/** A kill at each named place of a turn: of a message over HTTP, and on a platform with and without deduplication. What differs by more than the last delivery is in the bounded run. */
export const barrierKills: readonly Scenario[] = kills.map((kill) => ({
  id: kill.id,
  title: kill.title,
  faultClass: "kill at a barrier",
  runs: [2, 30],
  run: (trial) => killAt(kill, trial),
}));

async function killAt(kill: BarrierKill, trial: Trial): Promise<void> {
  const { point, saying, isUnasked = false, expect } = kill;
  const variant = toVariant(kill, trial.index);
  const entrance = variant === "http" ? "http" : "rooms";
  const world = await trial.createWorld({ hasGatedStore: true, deduplicates: variant === "drops repeats" });
  await world.start();
  if (isUnasked) await leavePast(world, trial, entrance);
  const asked = world.model.chats.length;
  world.gates.hold(point);
  const first = sendMessage(world, { entrance, ...saying });
  await world.gates.reached(point);
  if (isUnasked) trial.expect(world.model.chats.length === asked, "the model was asked nothing when it is killed");
  await world.kill();
  await world.start();
  await first.taken;
  const second = sendMessage(world, { entrance, rounds: [["once"]] });
  await second.taken;
  await trial.settle(world);
  await expect?.(world, trial);
}

/** An earlier turn of the session, which the next life has to read before it shows it to the model. */
async function leavePast(world: World, trial: Trial, entrance: Saying["entrance"]): Promise<void> {
  await sendMessage(world, { entrance, rounds: [["once"]] }).taken;
  await trial.settle(world);
  await world.stop();
  await world.start();
}

/** The calls of the first message are told with one of these statuses. */
function expectCalls(effect: string, statuses: readonly string[]): Expectation {
  return async (world, trial) => {
    const [first] = world.sent;
    const turn = (await world.turnsOf(first?.sessionId ?? "")).find(({ nonce }) => nonce === first?.nonce);
    const call = turn?.calls.find((each) => each.effect === effect);
    trial.expect(call !== undefined && statuses.includes(call.status), `the ${effect} call is told as ${statuses.join(" or ")}, not ${call?.status}`);
  };
}

/** What is on disk is not asked for again: two requests for a turn of one call, and two for the next. */
async function expectAskedOnce(world: World, trial: Trial): Promise<void> {
  trial.expect(world.model.chats.length === 4, `the model is asked 4 times for two turns of one call each, not ${world.model.chats.length}`);
}
