import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Scenario, Trial } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { sendMessage } from "../world/send-message.ts";
import { toReply } from "../world/model-script.ts";
import { waitUntil } from "../world/wait-until.ts";

const common = { faultClass: "life", runs: [1, 20] } as const;

/** Signals, pauses, clocks, broken settings, and a defect that nobody catches. */
export const lifeFaults: readonly Scenario[] = [
  { ...common, id: "RL-81", title: "SIGTERM when idle, in the middle of a turn, and with 20 queued", run: terminated },
  { ...common, id: "RL-83", title: "closed output, SIGPIPE, SIGHUP", run: hungUp },
  { ...common, id: "RL-84", title: "stopped and continued", runs: [1, 3], run: paused },
  { ...common, id: "RL-85", title: "a clock that jumps back an hour, on a day, back ten years", run: jumped },
  { ...common, id: "RL-86", title: "broken settings at the start, and under a running gateway", run: misconfigured },
  { ...common, id: "RL-91", title: "an exception that nobody catches", run: uncaught },
];

async function terminated(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  const idle = await world.stop();
  trial.expect(idle.code === 0, `idle it ends with 0: ${idle.code ?? idle.signal}`);
  await world.start();
  world.model.script((body) => ({ ...toReply(body), barrier: "held" }));
  for (let count = 0; count < 20; count += 1) await sendMessage(world, { entrance: count < 12 ? "http" : "rooms", to: `s${count % 5}`, rounds: [["once"]] }).taken;
  await world.model.reached("held");
  const { pid, call, ended } = world.gateway();
  process.kill(pid, "SIGTERM");
  const isRefusing = await waitUntil(async () => (await call({ path: "/readyz" }).catch(() => ({ status: 503 }))).status === 503, 5_000);
  trial.expect(isRefusing, "it takes no messages while it stops");
  world.model.release("held");
  const isEnded = await Promise.race([ended.then(() => true), waitUntil(() => false, 35_000)]);
  trial.expect(isEnded, "it ends within half a minute");
  const { code, signal } = await world.stop();
  trial.expect(code === 0, `with 0: ${code ?? signal}`);
  await world.start();
  await trial.settle(world);
}

async function hungUp(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  const gateway = await world.start();
  gateway.child.stdout?.destroy();
  gateway.child.stderr?.destroy();
  process.kill(gateway.pid, "SIGPIPE");
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  await trial.settle(world);
  trial.expect(gateway.child.exitCode === null && gateway.child.signalCode === null, "it lives without its outputs, and through SIGPIPE");
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  process.kill(gateway.pid, "SIGHUP");
  const isEnded = await Promise.race([gateway.ended.then(() => true), world.settle(3_000).then(() => false)]);
  trial.note(`SIGHUP ${isEnded ? `ends it (${gateway.child.exitCode ?? gateway.child.signalCode})` : "leaves it running"}`);
  if (isEnded) {
    await world.killed();
    await world.start();
  }
  await trial.settle(world);
}

async function paused(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  const { pid } = await world.start();
  world.model.script((body, index) => (index === 0 ? { ...toReply(body), barrier: "held", barrierAt: "after-first" } : toReply(body)));
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  await world.model.reached("held");
  process.kill(pid, "SIGSTOP");
  sendMessage(world, { entrance: "rooms", to: "other", rounds: [["once"]] });
  world.model.release("held");
  await new Promise((resolve) => setTimeout(resolve, trial.isFull ? 60_000 : 3_000));
  process.kill(pid, "SIGCONT");
  await trial.settle(world);
}

const hour = 3_600_000;

async function jumped(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  const clock = join(world.folder, "clock");
  const shifted = { nodeOptions: [`--import=${fileURLToPath(new URL("../modules/shifted-clock.ts", import.meta.url))}`], env: { OMNI_CHAOS_CLOCK: clock } };
  await world.start(shifted);
  for (const shift of [0, -hour, 24 * hour, -87_600 * hour, 0]) {
    world.model.script((body, index) => (index === 0 ? { ...toReply(body), barrier: `at ${shift}` } : toReply(body)));
    const sending = sendMessage(world, { entrance: "rooms", to: "one", rounds: [["once"], ["read"]] });
    await sending.taken;
    await world.model.reached(`at ${shift}`);
    await writeFile(clock, String(shift));
    world.model.release(`at ${shift}`);
    await trial.settle(world);
  }
  await writeFile(clock, String(-87_600 * hour));
  await world.kill();
  await world.start(shifted);
  await sendMessage(world, { entrance: "rooms", to: "one", rounds: [["once"]] }).taken;
  await trial.settle(world);
}

/** What is wrong with a file of settings, and a word that the refusal says. */
const broken: readonly (readonly [text: string, said: RegExp])[] = [
  ['{ "memory": false,, }', /omni\.json:1:\d+/],
  ['{ "gateway": { "port": "many" } }', /gateway\.port/],
  ['{ "store": { "use": "nothing-of-the-kind" } }', /nothing-of-the-kind/],
  ['{ "provider": { "use": "openai", "with": { "apiKey": "${OMNI_CHAOS_MISSING}" } } }', /OMNI_CHAOS_MISSING/],
];

async function misconfigured(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  for (const [text, said] of broken) {
    await writeFile(join(world.home, "omni.json"), text);
    const { code, stderr, stdout } = await world.run(["gateway"]).ended;
    trial.expect(code === 2 && said.test(stderr + stdout), `${text} is refused with 2 and its place: ${code} ${stderr}`);
  }
  await world.configure({});
  await world.start();
  await writeFile(join(world.home, "omni.json"), "{ broken");
  await answersStill(world, trial);
  await world.configure({});
}

async function answersStill(world: World, trial: Trial): Promise<void> {
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  await trial.settle(world);
}

async function uncaught(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  await sendMessage(world, { entrance: "rooms", to: "a", rounds: [["once"], ["throw"], ["once"]], mayFail: true }).taken;
  await sendMessage(world, { entrance: "rooms", to: "b", rounds: [["once"]] }).taken;
  let deaths = 0;
  while (deaths < 8 && !(await Promise.race([world.gateway().ended.then(() => false), world.settle(20_000)]))) {
    world.interrupted();
    deaths += 1;
    while (deaths < 8 && !(await world.start().then(() => true, () => false))) deaths += 1;
  }
  trial.note(`the exception ended the gateway ${deaths} times`);
  await answersStill(world, trial);
}
