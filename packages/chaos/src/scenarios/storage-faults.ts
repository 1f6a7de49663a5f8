import { copyFile, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Scenario, Trial } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { sendMessage } from "../world/send-message.ts";

const common = { faultClass: "storage", runs: [1, 10] } as const;

/** A database that is locked or broken, a home that two want. */
export const storageFaults: readonly Scenario[] = [
  { ...common, id: "RL-65", title: "the database locked by another process", run: locked },
  { ...common, id: "RL-66", title: "a database that is damaged, cut, empty, without its file, or newer", run: damaged },
  { ...common, id: "RL-69", title: "two gateways, one home", run: twoGateways },
];

async function locked(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  const other = new DatabaseSync(join(world.home, "state", "omni.db"));
  other.exec("BEGIN IMMEDIATE");
  const sendings = ["http", "rooms"].map((entrance) => sendMessage(world, { entrance: entrance === "http" ? "http" : "rooms", rounds: [["once"]] }));
  await new Promise((resolve) => setTimeout(resolve, trial.isFull ? 60_000 : 6_000));
  trial.expect(sendings.every(({ message }) => !message.acknowledged), "nothing is acknowledged that cannot be written");
  other.exec("ROLLBACK");
  other.close();
  await Promise.all(sendings.map(({ taken }) => taken));
  await trial.settle(world);
}

/** Ways to break the file, given the home of a gateway that was killed, so that there is a log beside it. */
const breaks: readonly { readonly name: string; apply(file: string): Promise<void> }[] = [
  { name: "a header of garbage", apply: async (file) => overwrite(file, 0, 100) },
  { name: "cut to half", apply: async (file) => truncate(file, Math.floor((await readFile(file)).length / 2)) },
  { name: "empty", apply: (file) => truncate(file, 0) },
  { name: "gone, its log still there", apply: (file) => rm(file) },
  { name: "of a newer version", apply: async (file) => makeNewer(file) },
];

async function damaged(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  await sendMessage(world, { entrance: "http", rounds: [["once"]] }).taken;
  await trial.settle(world);
  await world.kill();
  const file = join(world.home, "state", "omni.db");
  const parts = ["", "-wal", "-shm"].map((ending) => `${file}${ending}`);
  await Promise.all(parts.map((path) => copyFile(path, `${path}.kept`)));
  for (const { name, apply } of breaks) {
    await apply(file);
    const broken = await readFile(file).catch(() => undefined);
    const started = await world.start().then(() => "it started", (error: unknown) => String(error));
    trial.expect(/"code":[1-9]/.test(started), `${name}: the start is refused with a code: ${started}`);
    if (started === "it started") await world.stop();
    const after = await readFile(file).catch(() => undefined);
    trial.expect(name === "of a newer version" || (broken === undefined ? after === undefined : after?.equals(broken) === true), `${name}: the file is left as it was`);
    await Promise.all(parts.map((path) => copyFile(`${path}.kept`, path)));
  }
  await world.start();
  await trial.settle(world);
}

async function overwrite(file: string, at: number, length: number): Promise<void> {
  const bytes = await readFile(file);
  await writeFile(file, bytes.fill(0xa5, at, at + length));
}

function makeNewer(file: string): void {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA user_version = 9999");
  database.close();
}

async function twoGateways(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  const { pid } = await world.start();
  const link = join(world.folder, "other-name");
  await symlink(world.home, link);
  for (const home of [world.home, link]) {
    const second = await world.run(["gateway", "--port", "0", "--home", home], { env: { OMNI_HOME: home } }).ended;
    trial.expect(second.code === 4 && second.stderr.includes(String(pid)), `the second ends with 4 and names the first (${pid}): ${second.code} ${second.stderr}`);
  }
  await world.kill();
  const { readyMs } = await world.start();
  trial.note(`the home was taken over ${Math.round(readyMs)} ms after the start`);
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  await trial.settle(world);
  await race(world, trial);
}

/** Of several that start at once one gets the home. */
async function race(world: World, trial: Trial): Promise<void> {
  await world.stop();
  const others = Array.from({ length: 3 }, () => world.run(["gateway", "--port", "0", "--json"]));
  const lines = await Promise.all(others.map(({ firstLine, ended }) => Promise.race([firstLine.then(() => "listens"), ended.then(({ code }) => `ended with ${code}`)]).catch(String)));
  for (const { child } of others) child.kill("SIGTERM");
  await Promise.all(others.map(({ ended }) => ended));
  trial.expect(lines.filter((line) => line === "listens" || line === "ended with null").length <= 3 && (await count(others)) === 1, `one of three gets the home: ${lines.join("; ")}`);
  await world.start();
}

/** How many of them came to listen. */
async function count(others: readonly ReturnType<World["run"]>[]): Promise<number> {
  const all = await Promise.all(others.map(({ ended }) => ended));
  return all.filter(({ stdout }) => stdout.includes('"url"')).length;
}
