import type { FakeOpenAIReply } from "@omni/testkit/fakes";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { JsonObject } from "@omni/core";
import type { Scenario, Trial } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { sendMessage } from "../world/send-message.ts";
import { toReply } from "../world/model-script.ts";

/** What a fault comes to: the turn is completed all the same, it fails and its sender is told, or either. */
type Ending = "completed" | "failed" | "either";

/** One way for the model server to go wrong, with the first reply of a turn. */
interface ProviderFault {
  readonly name: string;
  /** Put over the reply that the plan asks for; a function makes another in its place. */
  readonly reply: FakeOpenAIReply | (() => FakeOpenAIReply);
  readonly ending: Ending;
  /** How often the model is asked in all, where that is promised. */
  readonly asked?: number;
}

const common = { faultClass: "provider", runs: [1, 10] } as const;

/** Faults of the model server, over real HTTP. Each turn has one call with an effect, which never happens twice. */
export const providerFaults: readonly Scenario[] = [
  toScenario("RL-45", "429 with Retry-After", [
    { name: "a second", reply: { status: 429, headers: { "retry-after": "1" } }, ending: "completed", asked: 3 },
    { name: "an hour", reply: { status: 429, headers: { "retry-after": "3600" } }, ending: "failed", asked: 1 },
    { name: "none", reply: { status: 429 }, ending: "completed" },
  ]),
  toScenario("RL-46", "server errors and broken connections", [
    ...[500, 502, 503, 529].map((status): ProviderFault => ({ name: String(status), reply: { status }, ending: "completed", asked: 3 })),
    { name: "a reset before the status", reply: { cutAt: "before" }, ending: "completed" },
    { name: "a reset after the first byte", reply: { cutAt: "after-first" }, ending: "either" },
  ]),
  toScenario("RL-47", "silence before and after the first byte", [
    { name: "before", reply: { stall: "before" }, ending: "either" },
    { name: "after", reply: { stall: "after-first" }, ending: "either" },
  ], { provider: { timeouts: { connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_000 } } }),
  { ...common, id: "RL-48", title: "a stream that is cut at any byte", run: cutAnywhere },
  toScenario("RL-49", "odd framing", [
    { name: "one byte a write", reply: { chunking: "bytes" }, ending: "completed", asked: 2 },
    { name: "CRLF and comments", reply: { framing: { newline: "\r\n", comments: true } }, ending: "completed", asked: 2 },
    { name: "CR alone", reply: { framing: { newline: "\r" } }, ending: "completed", asked: 2 },
    { name: "a byte order mark", reply: { framing: { mark: true } }, ending: "completed", asked: 2 },
    { name: "one JSON object in place of a stream", reply: { ignoreStream: true }, ending: "completed", asked: 2 },
  ]),
  toScenario("RL-50", "calls that are not well formed", [
    { name: "cut JSON", reply: () => callReply([{ name: "effect.once", arguments: '{"nonce":"m-0' }]), ending: "completed" },
    { name: "wrong types", reply: () => callReply([{ name: "effect.once", arguments: { nonce: 7, step: [] } as JsonObject }]), ending: "completed" },
    { name: "a list for an object", reply: () => callReply([{ name: "effect.once", arguments: "[1]" }]), ending: "completed" },
    { name: "one id twice", reply: { toolCalls: [{ id: "same", name: "effect.read", arguments: { nonce: "m-999999", step: "0.0" } }, { id: "same", name: "effect.read", arguments: { nonce: "m-999999", step: "0.1" } }] }, ending: "completed" },
  ]),
  toScenario("RL-52", "replies that say nothing", [
    { name: "empty", reply: () => textReply(""), ending: "either" },
    { name: "blanks", reply: () => textReply("  \n "), ending: "either" },
    { name: "length", reply: () => ({ ...textReply("half of"), finish: "length" }), ending: "either" },
    { name: "content filter", reply: () => ({ ...textReply(""), finish: "content_filter" }), ending: "either" },
  ]),
  toScenario("RL-54", "bodies that are not the protocol", [
    { name: "a web page", reply: { html: true }, ending: "either" },
    { name: "no events", reply: { rawBody: "nothing of the kind" }, ending: "either" },
    { name: "an endless body", reply: { endless: "x" }, ending: "either" },
    { name: "an endless stream of comments", reply: { endless: ": on and on\n\n" }, ending: "either" },
  ], { provider: { timeouts: { connectMs: 1_000, firstByteMs: 2_000, idleMs: 2_000 } }, agent: { turnTimeoutMs: 8_000 } }),
  toScenario("RL-55", "refusals for good", [
    { name: "401", reply: { status: 401 }, ending: "failed", asked: 1 },
    { name: "404", reply: { status: 404 }, ending: "failed", asked: 1 },
    { name: "too long", reply: { status: 400, error: { code: "context_length_exceeded", message: "This model's maximum context length is 4096 tokens." } }, ending: "either" },
  ]),
  toScenario("RL-56", "usage that is missing or negative", [
    { name: "missing", reply: { usage: false }, ending: "completed", asked: 2 },
    { name: "negative", reply: { usage: { inputTokens: -5, outputTokens: -7 } }, ending: "completed", asked: 2 },
  ]),
];

function toScenario(id: string, title: string, faults: readonly ProviderFault[], settings: { readonly provider?: JsonObject; readonly agent?: JsonObject } = {}): Scenario {
  return {
    ...common,
    id,
    title,
    async run(trial) {
      const world = await trial.createWorld();
      await world.configure({ provider: { use: "openai", with: { baseUrl: world.model.url, model: "fake-model", ...settings.provider } }, agent: settings.agent ?? {} });
      await world.start();
      for (const fault of faults) await suffer(world, fault, trial);
    },
  };
}

async function suffer(world: World, { name, reply, ending, asked }: ProviderFault, trial: Trial): Promise<void> {
  const from = world.model.chats.length;
  world.model.script((body, index) => (index > 0 ? toReply(body) : typeof reply === "function" ? reply() : { ...toReply(body), ...reply }));
  // A conversation of its own: what went wrong before is not shown to the model again.
  const sending = sendMessage(world, { entrance: "rooms", to: name.replaceAll(/[^a-z0-9]/gi, "-"), rounds: [["once"]], mayFail: ending !== "completed" });
  await sending.taken;
  await trial.settle(world);
  const [turn] = await world.turnsOf(sending.message.sessionId);
  const count = world.model.chats.length - from;
  trial.expect(ending === "either" || turn?.status === ending, `${name}: the turn is ${ending}, not ${turn?.status}`);
  trial.expect(asked === undefined || count === asked, `${name}: the model is asked ${asked} times, not ${count}`);
}

/** The reply with the call is cut, or ends early, after so many bytes: it is asked again or fails, and what came of it is never run. */
async function cutAnywhere(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  const cuts = trial.isFull ? 60 : 8;
  for (let count = 0; count < cuts; count += 1) {
    const bytes = Math.floor(trial.random.next() * 1_400);
    const cut: FakeOpenAIReply = count % 2 === 0 ? { cutAfterBytes: bytes } : { endAfterBytes: bytes };
    world.model.script((body, index) => (index === 0 ? { ...toReply(body), ...cut } : toReply(body)));
    const sending = sendMessage(world, { entrance: "rooms", to: `cut-${count}`, rounds: [["once"]], mayFail: true });
    await sending.taken;
    await trial.settle(world);
    const [turn] = await world.turnsOf(sending.message.sessionId);
    const effects = (await world.readEffects()).filter(({ nonce }) => nonce === sending.message.nonce).length;
    trial.expect(turn?.status === "failed" ? effects === 0 : effects === 1, `cut after ${bytes} bytes: ${turn?.status} with ${effects} effects`);
  }
}
