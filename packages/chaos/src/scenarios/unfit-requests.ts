import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FakeOpenAIReply } from "@omni/testkit/fakes";
import type { Scenario, Trial } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { readRequest, toReply } from "../world/model-script.ts";
import { sendMessage } from "../world/send-message.ts";

const common = { faultClass: "provider", runs: [1, 10] } as const;

/** Requests that are longer than the model takes, and those that find no server. */
export const unfitRequests: readonly Scenario[] = [
  { ...common, id: "RL-46", title: "a server whose name nobody knows, and then does", run: unknownName },
  { ...common, id: "RL-55", title: "a context that is too long: cut, and asked once more", run: tooLong },
];

async function unknownName(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  const names = join(world.folder, "unknown");
  await writeFile(names, "");
  const { port } = new URL(world.model.url);
  await world.configure({ provider: { use: "openai", with: { baseUrl: `http://model.invalid:${port}/v1`, model: "fake-model" } } });
  await world.start({ nodeOptions: [`--import=${fileURLToPath(new URL("../modules/unknown-names.ts", import.meta.url))}`], env: { OMNI_CHAOS_NAMES: names } });
  await sendMessage(world, { entrance: "rooms", to: "before", rounds: [["once"]], mayFail: true }).taken;
  await trial.settle(world);
  const told = world.platform.shown.map(({ text }) => text).join("\n");
  trial.expect(/Cannot reach the model endpoint .*ENOTFOUND/.test(told), `the person is told why: ${JSON.stringify(told)}`);
  trial.expect(world.model.requests.length === 0, `nothing came to a server: ${world.model.requests.length} requests`);
  await rm(names);
  await sendMessage(world, { entrance: "rooms", to: "after", rounds: [["once"]] }).taken;
  await trial.settle(world);
}

const refusal: FakeOpenAIReply = { status: 400, error: { code: "context_length_exceeded", message: "This model's maximum context length is 4096 tokens." } };

/** So many tokens that what was said before fits, and does not fit into half of them. */
const contextTokens = 8_000;
const past = { turns: 7, parts: 10 };

async function tooLong(trial: Trial): Promise<void> {
  const world = await trial.createWorld({ config: { agent: { contextTokens } } });
  await world.start();
  for (let count = 0; count < past.turns; count += 1) await sendMessage(world, { entrance: "rooms", to: "long", parts: past.parts }).taken;
  await trial.settle(world);
  const once = await askRefused(world, trial, { isForEver: false });
  trial.expect(once.status === "completed" && once.sizes.length === 3, `the model is asked once more, and then for the answer: ${once.sizes.length} requests, ${once.status}`);
  expectSmaller(trial, once.sizes);
  const always = await askRefused(world, trial, { isForEver: true });
  trial.expect(always.status === "failed" && always.sizes.length === 2, `a model that takes neither is asked twice: ${always.sizes.length} requests, ${always.status}`);
  trial.expect(world.platform.shown.at(-1)?.text.includes("longer than the model takes") === true, `and the person is told: ${world.platform.shown.at(-1)?.text}`);
}

function expectSmaller(trial: Trial, [first = 0, second = 0]: readonly number[]): void {
  trial.expect(second > 0 && second < first, `the second request is smaller: ${second} after ${first} characters`);
}

/** Says something more in the long session to a model that refuses it as too long: once, or as often as it is asked. */
async function askRefused(world: World, trial: Trial, { isForEver }: { readonly isForEver: boolean }): Promise<{ readonly status: string | undefined; readonly sizes: readonly number[] }> {
  world.model.script((body, index) => (index === 0 || isForEver ? refusal : toReply(body)));
  const { message, taken } = sendMessage(world, { entrance: "rooms", to: "long", rounds: [["once"]], mayFail: isForEver });
  await taken;
  await trial.settle(world);
  const turn = (await world.turnsOf(message.sessionId)).find(({ nonce }) => nonce === message.nonce);
  const sizes = world.model.chats.filter(({ body }) => readRequest(body)?.plan.nonce === message.nonce).map(({ body }) => JSON.stringify(body).length);
  return { status: turn?.status, sizes };
}
