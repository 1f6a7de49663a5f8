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
  /** What must be so besides the promises, once all is quiet. */
  readonly expect?: Expectation;
}

const threeTools: Saying["rounds"] = [["read"], ["keyed"], ["once"]];

const kills: readonly BarrierKill[] = [
  { id: "RL-01", title: "before the message is on disk", point: "accept:before", saying: {} },
  { id: "RL-02", title: "with the message on disk and nobody told", point: "accept:after", saying: { rounds: [["once"]] } },
  { id: "RL-04", title: "while the context is built", point: "append:prompt:before", saying: { rounds: threeTools } },
  { id: "RL-08", title: "with the reply there and not on disk", point: "append:model-reply:before", saying: { rounds: [["once"]] }, expect: expectCalls("once", ["completed"]) },
  { id: "RL-09", title: "with the call on disk and its tool not started", point: "once:before", saying: { rounds: [["once"]] }, expect: expectCalls("once", ["unknown"]) },
  { id: "RL-10", title: "with the effect made and its result not on disk", point: "once:after", saying: { rounds: [["read"], ["once"], ["keyed"]] }, expect: expectCalls("once", ["unknown"]) },
  { id: "RL-11", title: "in the middle of a call that only reads", point: "read:after", saying: { rounds: [["read"], ["once"]] }, expect: expectCalls("read", ["completed"]) },
  { id: "RL-11", title: "in the middle of a call under an idempotency key", point: "keyed:after", saying: { rounds: [["keyed"], ["once"]] }, expect: expectCalls("keyed", ["completed"]) },
  { id: "RL-16", title: "with the answer on disk and not sent", point: "outbox:sending:before", saying: { rounds: [["once"]] }, expect: expectAskedOnce },
  { id: "RL-17", title: "with the row marked as being sent and the platform not reached", point: "outbox:sending:after", saying: { rounds: [["once"]] }, expect: expectAskedOnce },
];

/** A kill at each named place of a turn: of a message over HTTP, and on a platform with and without deduplication. */
export const barrierKills: readonly Scenario[] = kills.map((kill) => ({
  id: kill.id,
  title: kill.title,
  faultClass: "kill at a barrier",
  runs: [1, 30],
  run: (trial) => killAt(kill, trial),
}));

async function killAt({ point, saying, expect }: BarrierKill, trial: Trial): Promise<void> {
  const entrance = trial.index % 3 === 0 && !point.startsWith("outbox") ? "http" : "rooms";
  const world = await trial.createWorld({ hasGatedStore: true, deduplicates: trial.index % 3 !== 2 });
  await world.start();
  world.gates.hold(point);
  const first = sendMessage(world, { entrance, ...saying });
  await world.gates.reached(point);
  await world.kill();
  await world.start();
  await first.taken;
  const second = sendMessage(world, { entrance, rounds: [["once"]] });
  await second.taken;
  await trial.settle(world);
  await expect?.(world, trial);
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
