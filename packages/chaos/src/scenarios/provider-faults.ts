import type { FakeOpenAIReply } from "@omni/testkit/fakes";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { JsonObject } from "@omni/core";
import type { Scenario, Trial } from "../scenario.ts";
import type { ToldTurn } from "../ledger/ledgers.ts";
import type { World } from "../world/world.ts";
import { sendMessage } from "../world/send-message.ts";
import { toReply } from "../world/model-script.ts";

/** One way for the model server to go wrong, with one reply of a turn. */
interface ProviderFault {
  readonly name: string;
  /** Put over the reply that the plan asks for; a function makes another in its place. */
  readonly reply: FakeOpenAIReply | (() => FakeOpenAIReply);
  /** Which reply of the turn: the first, with the call, where absent. */
  readonly place?: number;
  /** How the turn ends: `completed` where absent. Two words where the machine's speed decides. */
  readonly endings?: readonly string[];
  /** How often the model is asked in all. Two requests make a turn. */
  readonly asked: number;
  /** What the person is told; the answer where absent. */
  readonly told?: RegExp;
}

const common = { faultClass: "provider", runs: [1, 10] } as const;

/** Faults of the model server, over real HTTP. Each turn has one call with an effect, which never happens twice. */
export const providerFaults: readonly Scenario[] = [
  toScenario("RL-45", "429 with Retry-After", [
    { name: "a second", reply: { status: 429, headers: { "retry-after": "1" } }, asked: 3 },
    { name: "an hour", reply: { status: 429, headers: { "retry-after": "3600" } }, endings: ["failed"], asked: 1, told: /Wait 3600 s/ },
    { name: "none", reply: { status: 429 }, asked: 3 },
  ]),
  toScenario("RL-46", "server errors and broken connections", [
    ...[500, 502, 503, 529].map((status): ProviderFault => ({ name: String(status), reply: { status }, asked: 3 })),
    { name: "a reset before the status", reply: { cutAt: "before" }, asked: 3 },
    { name: "a reset after the first byte of a call", reply: { cutAt: "after-first" }, asked: 3 },
    { name: "a reset after the first word of the answer", reply: { cutAt: "after-first" }, place: 1, endings: ["failed"], asked: 2, told: /broke off/ },
  ]),
  toScenario("RL-47", "silence before and after the first byte", [
    { name: "before", reply: { stall: "before" }, asked: 3 },
    { name: "after the first byte of a call", reply: { stall: "after-first" }, asked: 3 },
    { name: "after the first word of the answer", reply: { stall: "after-first" }, place: 1, endings: ["failed"], asked: 2, told: /went silent within a reply/ },
  ], { provider: { timeouts: { connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_000 } } }),
  toScenario("RL-49", "odd framing", [
    { name: "one byte a write", reply: { chunking: "bytes" }, asked: 2 },
    { name: "CRLF and comments", reply: { framing: { newline: "\r\n", comments: true } }, asked: 2 },
    { name: "CR alone", reply: { framing: { newline: "\r" } }, asked: 2 },
    { name: "a byte order mark", reply: { framing: { mark: true } }, asked: 2 },
    { name: "one JSON object in place of a stream", reply: { ignoreStream: true }, asked: 2 },
  ]),
  toScenario("RL-50", "calls that are not well formed", [
    { name: "cut JSON", reply: () => callReply([{ name: "effect.once", arguments: '{"nonce":"m-0' }]), asked: 2 },
    { name: "wrong types", reply: () => callReply([{ name: "effect.once", arguments: { nonce: 7, step: [] } as JsonObject }]), asked: 2 },
    { name: "a list for an object", reply: () => callReply([{ name: "effect.once", arguments: "[1]" }]), asked: 2 },
    { name: "one id twice", reply: { toolCalls: [{ id: "same", name: "effect.read", arguments: { nonce: "m-999999", step: "0.0" } }, { id: "same", name: "effect.read", arguments: { nonce: "m-999999", step: "0.1" } }] }, asked: 2 },
  ]),
  toScenario("RL-52", "replies that say nothing", [
    { name: "empty", reply: () => textReply(""), asked: 3 },
    { name: "blanks", reply: () => textReply("  \n "), asked: 3 },
    { name: "length", reply: () => ({ ...textReply("half of"), finish: "length" }), endings: ["limited"], asked: 1, told: /^half of\n\n\[The reply was cut at the model's length limit\.\]$/ },
    { name: "content filter", reply: () => ({ ...textReply(""), finish: "content_filter" }), endings: ["failed"], asked: 1, told: /content filter stopped the reply/ },
  ]),
  toScenario("RL-54", "bodies that are not the protocol", [
    { name: "a web page", reply: { html: true }, endings: ["failed"], asked: 1, told: /a web page in place of a model's reply/ },
    { name: "no events", reply: { rawBody: "nothing of the kind" }, asked: 3 },
    { name: "an endless body", reply: { endless: "x" }, endings: ["failed"], asked: 1, told: /more than \d+ (characters|bytes)/ },
    // What it is stopped by, the most bytes or the end of its time, is the machine's choice.
    { name: "an endless stream of comments", reply: { endless: ": on and on\n\n" }, endings: ["failed", "limited"], asked: 1, told: /more than \d+ bytes|time limit of 8 s was reached/ },
  ], { provider: { timeouts: { connectMs: 1_000, firstByteMs: 2_000, idleMs: 2_000 } }, agent: { turnTimeoutMs: 8_000 } }),
  toScenario("RL-55", "refusals for good", [
    { name: "401", reply: { status: 401 }, endings: ["failed"], asked: 1, told: /refuses the key/ },
    { name: "404", reply: { status: 404 }, endings: ["failed"], asked: 1, told: /knows no such model or path/ },
  ]),
  toScenario("RL-56", "usage that is missing or negative", [
    { name: "missing", reply: { usage: false }, asked: 2 },
    { name: "negative", reply: { usage: { inputTokens: -5, outputTokens: -7 } }, asked: 2 },
    { name: "negative with the answer", reply: { usage: { inputTokens: -500_000, outputTokens: -700_000 } }, place: 1, asked: 2 },
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

async function suffer(world: World, { name, reply, place = 0, endings = ["completed"], asked, told = /^m-\d{6} is done$/ }: ProviderFault, trial: Trial): Promise<void> {
  const from = world.model.chats.length;
  world.model.script((body, index) => (index !== place ? toReply(body) : typeof reply === "function" ? reply() : { ...toReply(body), ...reply }));
  // A conversation of its own: what went wrong before is not shown to the model again.
  const to = name.replaceAll(/[^a-z0-9]/gi, "-");
  const sending = sendMessage(world, { entrance: "rooms", to, rounds: [["once"]], mayFail: !endings.includes("completed") });
  await sending.taken;
  await trial.settle(world);
  const [turn] = await world.turnsOf(sending.message.sessionId);
  const count = world.model.chats.length - from;
  const shown = world.platform.shown.filter(({ conversation }) => conversation === to).map(({ text }) => text).join("\n\n");
  trial.expect(endings.includes(turn?.status ?? ""), `${name}: the turn is ${endings.join(" or ")}, not ${turn?.status}`);
  trial.expect(count === asked, `${name}: the model is asked ${asked} times, not ${count}`);
  trial.expect(told.test(shown), `${name}: the person is told ${told}: ${JSON.stringify(shown)}`);
  if (turn !== undefined) await expectUsage(world, trial, { name, turn });
}

/** What a turn took is told as whole numbers, and of one that was completed as more than nothing, whatever the server says of it. */
async function expectUsage(world: World, trial: Trial, { name, turn }: { readonly name: string; readonly turn: ToldTurn }): Promise<void> {
  const { usage } = (await world.call({ path: `/turns/${turn.turnId}` })).body as { readonly usage?: { readonly input_tokens: number; readonly output_tokens: number } };
  const least = turn.status === "completed" ? 1 : 0;
  const holds = usage !== undefined && [usage.input_tokens, usage.output_tokens].every((count) => Number.isSafeInteger(count) && count >= least);
  trial.expect(holds, `${name}: no usage is told that cannot be: ${JSON.stringify(usage)}`);
}
