import { readFile, writeFile } from "node:fs/promises";
import { Agent } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HttpCall } from "../world/http-call.ts";
import type { Scenario, Trial } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { callSocket } from "../world/http-call.ts";
import { readRequest, toReply } from "../world/model-script.ts";
import { readStoredEnds } from "../world/stored-ends.ts";
import { sendMessage } from "../world/send-message.ts";
import { toPlanText } from "../world/message-plan.ts";
import { waitUntil } from "../world/wait-until.ts";

const common = { faultClass: "life", runs: [1, 20] } as const;

/** Signals, pauses, clocks, broken settings, and a defect that nobody catches. */
export const lifeFaults: readonly Scenario[] = [
  { ...common, id: "RL-81", title: "SIGTERM when idle, in the middle of a turn, and with 20 queued", run: terminated },
  { ...common, id: "RL-83", title: "output closed before the first line and after it, SIGPIPE, SIGHUP", run: hungUp },
  { ...common, id: "RL-84", title: "stopped and continued", runs: [1, 3], run: paused },
  { ...common, id: "RL-85", title: "a clock that jumps back an hour, on a day, back ten years", run: jumped },
  { ...common, id: "RL-86", title: "broken settings at the start, and under a running gateway, which reads none again", run: misconfigured },
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
  // The first of each of ten sessions is held; as many wait behind them.
  await world.model.reached("held", 10);
  const held = new Set(world.model.chats.map(({ body }) => readRequest(body)?.plan.nonce ?? ""));
  const { pid, ended } = world.gateway();
  let isEnded = false;
  void ended.then(() => (isEnded = true));
  process.kill(pid, "SIGTERM");
  await expectRefusing(world, trial);
  world.model.release("held");
  trial.expect(await waitUntil(() => isEnded, 35_000), "it ends within half a minute");
  const { code, signal } = await world.stop();
  trial.expect(code === 0, `with 0: ${code ?? signal}`);
  expectHeldEnded(world, trial, held);
  await world.start();
  await trial.settle(world);
}

/** While it drains a gateway says so, and takes nothing. */
async function expectRefusing(world: World, trial: Trial): Promise<void> {
  const ask = (call: HttpCall): Promise<string> => world.gateway().call(call).then(({ status, text }) => `${status} ${text}`, String);
  const isDraining = await waitUntil(async () => (await ask({ path: "/readyz" })).startsWith("503"), 5_000);
  trial.expect(isDraining, `it says that it takes no messages while it stops: ${await ask({ path: "/readyz" })}`);
  const refused = await ask({ method: "POST", path: "/message?wait=false", body: { message: "too late", session_id: "http:late" } });
  trial.expect(refused.startsWith("503 ") && refused.includes("gateway.draining"), `and refuses one with its reason: ${refused}`);
}

/** What ran when it was told to stop, and could end in time, did so in that life. */
function expectHeldEnded(world: World, trial: Trial, held: ReadonlySet<string>): void {
  const ends = readStoredEnds(world.home);
  const open = [...held].filter((nonce) => ends.get(nonce) !== "completed");
  trial.expect(held.size === 10 && open.length === 0, `of ${held.size} turns that ran, each has ended on disk: not ${open.join(", ")}`);
  const unshown = world.sent.filter(({ nonce, entrance }) => entrance === "rooms" && held.has(nonce) && !world.platform.shown.some((each) => each.nonce === nonce));
  trial.expect(unshown.length === 0, `and its answer was shown: not ${unshown.map(({ nonce }) => nonce).join(", ")}`);
}

async function hungUp(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await speakToNobody(world, trial);
  const gateway = await world.start();
  gateway.child.stdout?.destroy();
  gateway.child.stderr?.destroy();
  process.kill(gateway.pid, "SIGPIPE");
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  await trial.settle(world);
  trial.expect(gateway.child.exitCode === null && gateway.child.signalCode === null, "it lives without its outputs, and through SIGPIPE");
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  let isEnded = false;
  void gateway.ended.then(() => (isEnded = true));
  process.kill(gateway.pid, "SIGHUP");
  trial.expect(await waitUntil(() => isEnded, 35_000), "SIGHUP ends it");
  const { code, signal } = await world.stop();
  trial.expect(code === 0, `in order: ${code ?? signal}`);
  await world.start();
  await trial.settle(world);
}

/** A gateway whose outputs are closed before its first line says that to nobody, and works. */
async function speakToNobody(world: World, trial: Trial): Promise<void> {
  const { child, ended } = world.run(["gateway", "--port", "0", "--json"]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  const agent = new Agent();
  const readSocket = async (): Promise<string | undefined> => {
    const text = await readFile(join(world.home, "state", "gateway.json"), "utf8").catch(() => "{}");
    const { pid, socket } = JSON.parse(text) as { readonly pid?: number; readonly socket?: string };
    return pid === child.pid ? socket : undefined;
  };
  const isThere = await waitUntil(async () => (await readSocket()) !== undefined || child.exitCode !== null, 20_000);
  const socketPath = await readSocket();
  trial.expect(isThere && socketPath !== undefined, `it comes to listen without its outputs: ${child.exitCode}`);
  const nonce = world.nextNonce();
  const body = { message: toPlanText({ nonce, rounds: [["once"]], parts: 1 }), session_id: "http:unheard" };
  const answer = await callSocket({ socketPath: socketPath ?? "", agent }, { method: "POST", path: "/message", body, timeoutMs: 20_000 }).then(({ status, text }) => `${status} ${text}`, String);
  trial.expect(answer.startsWith("200 ") && answer.includes(`${nonce} is done`), `and answers: ${answer}`);
  agent.destroy();
  child.kill("SIGTERM");
  const { code, signal } = await ended;
  trial.expect(code === 0, `and ends with 0: ${code ?? signal}`);
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
  let current = 0;
  for (const [place, shift] of [0, -hour, 24 * hour, -87_600 * hour, 0].entries()) {
    world.model.script((body, index) => (index === 0 ? { ...toReply(body), barrier: `jump ${place}` } : toReply(body)));
    const { message, taken } = sendMessage(world, { entrance: "rooms", to: "one", rounds: [["once"], ["read"]] });
    await taken;
    await world.model.reached(`jump ${place}`);
    expectTime(world, trial, { nonce: message.nonce, shift: current });
    await writeFile(clock, String(shift));
    current = shift;
    world.model.release(`jump ${place}`);
    await trial.settle(world);
  }
  await writeFile(clock, String(-87_600 * hour));
  await world.kill();
  await world.start(shifted);
  const { message, taken } = sendMessage(world, { entrance: "rooms", to: "one", rounds: [["once"]] });
  await taken;
  await trial.settle(world);
  expectTime(world, trial, { nonce: message.nonce, shift: -87_600 * hour });
}

/** The time that the gateway told the model with a message is the one it was set to: a clock that did not move shows nothing. */
function expectTime(world: World, trial: Trial, { nonce, shift }: { readonly nonce: string; readonly shift: number }): void {
  const request = world.model.chats.find(({ body }) => readRequest(body)?.plan.nonce === nonce);
  const told = [...JSON.stringify(request?.body ?? "").matchAll(/<time>([\d-]+) ([\d:]+) UTC<\/time>/g)].at(-1);
  const at = Date.parse(`${told?.[1]}T${told?.[2]}Z`);
  trial.expect(Math.abs(at - (Date.now() + shift)) < hour / 12, `the gateway's clock is ${shift / hour} hours off when ${nonce} comes: it says ${told?.[0]}`);
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
  // Settings are read at the start and not again: there is no reload that could meet broken ones. The next start does.
  await writeFile(join(world.home, "omni.json"), "{ broken");
  await answersStill(world, trial);
  const { code } = await world.stop();
  trial.expect(code === 0, `and stops in order: ${code}`);
  const refused = await world.start().then(() => "it started", String);
  trial.expect(/"code":2\b/.test(refused), `the next start is refused with 2: ${refused}`);
  await world.configure({});
  await world.start();
  await answersStill(world, trial);
}

async function answersStill(world: World, trial: Trial): Promise<void> {
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  await trial.settle(world);
}

/** Most ends of a gateway that are looked at. */
const mostDeaths = 8;

async function uncaught(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  await sendMessage(world, { entrance: "rooms", to: "a", rounds: [["once"], ["throw"], ["once"]], mayFail: true }).taken;
  await sendMessage(world, { entrance: "rooms", to: "b", rounds: [["once"]] }).taken;
  let isDead = false;
  void world.gateway().ended.then(() => (isDead = true));
  trial.expect(await waitUntil(() => isDead, 60_000), "an exception that nobody catches ends the process: it is not known what still holds");
  const deaths: string[] = [];
  while (deaths.length < mostDeaths) {
    const end = await Promise.race([world.gateway().ended.then(({ code, signal }) => `"code":${code ?? signal}`), world.settle(20_000).then(() => undefined)]);
    if (end === undefined) break;
    world.interrupted();
    deaths.push(end);
    // Recovery begins before the gateway listens, so it may die before its first line.
    for (let isUp = false; !isUp && deaths.length < mostDeaths; ) {
      const refused = await world.start().then(() => undefined, String);
      isUp = refused === undefined;
      if (refused !== undefined) deaths.push(refused);
    }
  }
  trial.note(`the exception ended the gateway ${deaths.length} times`);
  trial.expect(deaths.length > 0 && deaths.every((end) => /"code":1\b/.test(end)), `with 1 each time: ${deaths.join("; ")}`);
  await answersStill(world, trial);
}
