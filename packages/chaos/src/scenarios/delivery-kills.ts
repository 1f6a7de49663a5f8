import type { Scenario, Trial } from "../scenario.ts";
import { repeatLabel } from "../ledger/check-reply.ts";
import { sendMessage } from "../world/send-message.ts";
import { waitUntil } from "../world/wait-until.ts";

const common = { faultClass: "kill at a barrier", runs: [1, 30] } as const;

/** What a delivery does differs with what the platform does with a repeat, so each is a scenario of its own. */
const platforms = [
  { deduplicates: true, where: "repeats are dropped" },
  { deduplicates: false, where: "a repeat would be shown" },
] as const;

/** Kills around the platform's acceptance, and while a person is asked. */
export const deliveryKills: readonly Scenario[] = [
  ...platforms.flatMap(({ deduplicates, where }): readonly Scenario[] => [
    { ...common, id: "RL-18", title: `with the platform's acceptance there and the receipt not stored, where ${where}`, run: (trial) => killBeforeReceipt(trial, deduplicates) },
    { ...common, id: "RL-19", title: `with part 2 of 5 delivered, where ${where}`, run: (trial) => killBetweenParts(trial, deduplicates) },
  ]),
  { ...common, id: "RL-14", title: "while a person is asked", run: (trial) => killAsking(trial, "asked") },
  { ...common, id: "RL-15", title: "with the call approved and not started", run: (trial) => killAsking(trial, "answered") },
];

async function killBeforeReceipt(trial: Trial, deduplicates: boolean): Promise<void> {
  const world = await trial.createWorld({ deduplicates });
  await world.start();
  world.platform.fault("lose-answer");
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  await world.platform.faulted();
  await world.kill();
  await world.start();
  await sendMessage(world, { entrance: "rooms" }).taken;
  await trial.settle(world);
  trial.expect(world.model.chats.length === 3, `the model is not asked again for what was answered: ${world.model.chats.length} requests`);
  const repeats = world.platform.shown.filter(({ text }) => text.startsWith(repeatLabel)).length;
  trial.expect(world.platform.shown.length === (deduplicates ? 2 : 3) && repeats === (deduplicates ? 0 : 1), `${deduplicates ? "no" : "one labelled"} repeat is shown: ${world.platform.shown.length} texts, ${repeats} of them labelled`);
}

async function killBetweenParts(trial: Trial, deduplicates: boolean): Promise<void> {
  const world = await trial.createWorld({ deduplicates, maxMessageLength: 220 });
  await world.start();
  world.platform.fault("refuse-silently", 2);
  await sendMessage(world, { entrance: "rooms", parts: 5 }).taken;
  await world.platform.faulted();
  await world.kill();
  trial.expect(world.platform.shown.length === 2, `two parts are shown before the kill: ${world.platform.shown.length}`);
  await world.start();
  trial.expect(await waitUntil(() => world.platform.shown.length >= 5, 20_000), "the other parts follow");
  await trial.settle(world);
  const parts = world.platform.shown.map(({ text }) => /part (\d)/.exec(text)?.[1]);
  trial.expect(parts.join("") === "12345", `each part is shown once, in order: ${parts.join(",")}`);
}

async function killAsking(trial: Trial, when: "asked" | "answered"): Promise<void> {
  const world = await trial.createWorld({ hasGatedStore: true, config: { policy: { use: "workspace", with: { autonomy: "supervised" } } } });
  await world.start();
  const sending = sendMessage(world, { entrance: "http", rounds: [["once"]] });
  await sending.taken;
  const readAsks = async (): Promise<readonly { readonly ask_id: string }[]> => (await world.call({ path: "/asks" })).body["asks"] as readonly { readonly ask_id: string }[];
  const answer = async (): Promise<void> => {
    const [ask] = await readAsks();
    await world.call({ method: "POST", path: `/asks/${ask?.ask_id}`, body: { decision: "allow" } });
  };
  await waitUntil(async () => (await readAsks()).length > 0, 20_000);
  const [before] = await readAsks();
  if (when === "answered") {
    world.gates.hold("append:tool-call:before");
    await answer();
    await world.gates.reached("append:tool-call:before");
  }
  await world.kill();
  await world.start();
  const isOver = async (): Promise<boolean> => (await world.turnsOf(sending.message.sessionId))[0]?.status === "completed";
  trial.expect(await waitUntil(async () => (await isOver()) || (await readAsks()).length > 0, 20_000), "it runs, or asks again");
  const [after] = await readAsks();
  if (when === "asked") trial.expect(after?.ask_id === before?.ask_id, `the question stands under its id: ${before?.ask_id}, ${after?.ask_id}`);
  if (after !== undefined) await answer();
  await trial.settle(world);
  const effects = await world.readEffects();
  trial.expect(effects.length === 1, `what was approved runs once: ${effects.length}`);
}
