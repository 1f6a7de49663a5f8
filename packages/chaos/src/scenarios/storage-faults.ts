import { copyFile, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Scenario, Trial } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { sendMessage } from "../world/send-message.ts";

const common = { faultClass: "storage", runs: [1, 10] } as const;

/** A database that is damaged, a home that two want. */
export const storageFaults: readonly Scenario[] = [
  { ...common, id: "RL-66", title: "a database that is damaged, cut, empty, without its file, or newer", run: damaged },
  { ...common, id: "RL-66", title: "pages of garbage in the middle of the database", run: damagedInside },
  { ...common, id: "RL-69", title: "two gateways, one home", run: twoGateways },
];

/** A way to break the file, and what the refusal says of it. */
interface Break {
  readonly name: string;
  readonly code: "store.corrupt" | "store.newer";
  apply(file: string): Promise<void>;
}

/** Done to the home of a gateway that was killed, so that there is a log beside it. */
const breaks: readonly Break[] = [
  { name: "a header of garbage", code: "store.corrupt", apply: async (file) => overwrite(file, 0, 100) },
  { name: "cut to half", code: "store.corrupt", apply: async (file) => truncate(file, Math.floor((await readFile(file)).length / 2)) },
  { name: "empty", code: "store.corrupt", apply: (file) => truncate(file, 0) },
  { name: "gone, its log still there", code: "store.corrupt", apply: (file) => rm(file) },
  { name: "of a newer version", code: "store.newer", apply: async (file) => makeNewer(file) },
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
  for (const { name, code, apply } of breaks) {
    await apply(file);
    const broken = await readParts(file);
    const started = await world.start().then(() => "it started", String);
    trial.expect(started.includes(code) && /"code":[1-9]/.test(started), `${name}: the start is refused as ${code}: ${started}`);
    if (started === "it started") await world.stop();
    const after = await readParts(file);
    trial.expect(after.every((bytes, index) => bytes.equals(broken[index] ?? Buffer.alloc(0))), `${name}: the file and its log are left as they were`);
    await Promise.all(parts.map((path) => copyFile(`${path}.kept`, path)));
  }
  await world.start();
  await trial.settle(world);
}

/** The database and its log; empty where there is none. */
async function readParts(file: string): Promise<readonly Buffer[]> {
  return Promise.all([file, `${file}-wal`].map((path) => readFile(path).catch(() => Buffer.alloc(0))));
}

const pageBytes = 4_096;

/** Pages that are overwritten. */
interface Garbage {
  /** The first of them, from 0. */
  readonly page: number;
  readonly pages: number;
}

/** Of a database that was closed in order, so that no log makes good what is broken: all but the first page, which holds the header, and single ones. */
async function damagedInside(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  for (let said = 0; said < 3; said += 1) await sendMessage(world, { entrance: "http", rounds: [["once"]] }).taken;
  await trial.settle(world);
  const turns = (await world.turnsOf("http:default")).length;
  await world.stop();
  const file = join(world.home, "state", "omni.db");
  const whole = await readFile(file);
  const pages = Math.floor(whole.length / pageBytes);
  const told: string[] = [];
  for (const garbage of [{ page: 1, pages: pages - 1 }, ...toPages(pages, trial).map((page) => ({ page, pages: 1 }))]) {
    await overwrite(file, garbage.page * pageBytes, garbage.pages * pageBytes);
    told.push(await useDamaged(world, trial, garbage, turns));
    await writeFile(file, whole);
    await Promise.all(["-wal", "-shm"].map((ending) => rm(`${file}${ending}`, { force: true })));
  }
  trial.note(`${told.length - 1} of ${pages} pages, and all: ${[...Map.groupBy(told, (each) => each)].map(([what, own]) => `${own.length} ${what}`).join(", ")}`);
  trial.expect(told[0] !== "unnoticed", "damage everywhere is noticed");
  await world.start();
  await trial.settle(world);
}

/** Five evenly, or in each of ten runs another tenth of all. */
function toPages(pages: number, { isFull, index }: Trial): readonly number[] {
  if (!isFull) return [1, 2, 3, 4, 5].map((part) => Math.min(pages - 1, Math.ceil((part * pages) / 6)));
  return Array.from({ length: pages - 1 }, (_, place) => place + 1).filter((page) => page % 10 === index % 10);
}

/** Starts over a damaged file, reads and writes: all that was there is told, or that it is damaged. Nothing is told as if there were nothing. */
async function useDamaged(world: World, trial: Trial, { page, pages }: Garbage, turns: number): Promise<string> {
  const where = `${pages} pages from ${page}`;
  const refused = await world.start().then(() => undefined, String);
  if (refused !== undefined) {
    trial.expect(refused.includes("store.corrupt"), `${where}: the start is refused as damaged: ${refused}`);
    return "refused at the start";
  }
  const { call } = world.gateway();
  const ask = (path: string, body?: object): Promise<string> => call({ path, timeoutMs: 20_000, ...(body === undefined ? {} : { method: "POST", body }) }).then(({ status, text }) => `${status} ${text}`, String);
  const read = await ask(`/sessions/${encodeURIComponent("http:default")}/messages`);
  const isCorrupt = (answer: string): boolean => answer.startsWith("500 ") && answer.includes("store.corrupt");
  trial.expect(isCorrupt(read) || (read.startsWith("200 ") && read.split('"role":"assistant"').length === turns + 1), `${where}: all is read, or told to be damaged: ${read.slice(0, 300)}`);
  const written = await ask("/message", { message: "one more", session_id: "http:more" });
  trial.expect(isCorrupt(written) || written.startsWith("200 "), `${where}: a message is answered, or refused for the damage: ${written.slice(0, 300)}`);
  const isNoticed = isCorrupt(read) || isCorrupt(written);
  const ready = await ask("/readyz");
  trial.expect(!isNoticed || ready.startsWith("503"), `${where}: what was found damaged takes no messages: ${ready}`);
  await world.kill();
  return isNoticed ? "told when used" : "unnoticed";
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
  await takeOver(world, trial);
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  await trial.settle(world);
  await race(world, trial);
}

/** A second is wanted; a machine on which a Node takes long to start is given more. */
const mostTakeOverMs = 5_000;

/** What a killed gateway leaves of its lock holds nobody up: from the start of the next one's process to its readiness. */
async function takeOver(world: World, trial: Trial): Promise<void> {
  const took: number[] = [];
  for (let kills = 0; kills < 3; kills += 1) {
    await world.kill();
    took.push((await world.start()).readyMs);
  }
  const median = Math.round(took.toSorted((one, other) => one - other)[1] ?? 0);
  trial.note(`the home was taken over ${median} ms after the start, in the median of three`);
  trial.expect(median <= mostTakeOverMs, `the home of a killed gateway is taken over within ${mostTakeOverMs} ms: ${median} ms`);
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
