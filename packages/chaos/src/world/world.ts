import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@omni/core";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { createFakeOpenAI } from "@omni/testkit/fakes";
import type { EffectLine, Kill, Ledgers, Restart, SentMessage, ToldTurn } from "../ledger/ledgers.ts";
import type { Ended, GatewayProcess, RunningProgram } from "./gateway-process.ts";
import type { Gates } from "./gates.ts";
import type { HttpAnswer, HttpCall } from "./http-call.ts";
import type { Platform } from "./platform.ts";
import { createGates } from "./gates.ts";
import { mostReadyMs } from "../ledger/check-ledgers.ts";
import { createPlatform } from "./platform.ts";
import { findDamage } from "./state-damage.ts";
import { findUnsureSends } from "./unsure-sends.ts";
import { readRequest, toFinalAnswer, toReply } from "./model-script.ts";
import { readTurns } from "./told-turns.ts";
import { startGateway, startProgram } from "./gateway-process.ts";
import { waitUntil } from "./wait-until.ts";

/** How a world is made. */
export interface WorldOptions {
  /** Whether the platform drops a second post under a key; true where absent. */
  readonly deduplicates?: boolean;
  /** True puts gates around every write of the store. */
  readonly hasGatedStore?: boolean;
  /** Most characters of a message of the platform; 2,000 where absent. */
  readonly maxMessageLength?: number;
  /** Added to `omni.json`. */
  readonly config?: JsonObject;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a gateway is started. */
export interface StartOptions {
  /** Words in front of the command line: a tracer. How long such a start takes is its doing, and is not looked at. */
  readonly tracer?: readonly string[];
  /** Options of Node. */
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One home with everything around it: model, platform, tool and gates, all outside the gateway. */
export interface World {
  readonly folder: string;
  readonly home: string;
  readonly model: FakeOpenAI;
  readonly platform: Platform;
  readonly gates: Gates;
  readonly sent: SentMessage[];
  /** The gateway that runs, or ran last. Throws before the first start. */
  gateway(): GatewayProcess;
  /** Resolves with a gateway that is up, now or after the next start. */
  up(): Promise<GatewayProcess>;
  start(options?: StartOptions): Promise<GatewayProcess>;
  /** As a power cut to the process: SIGKILL, and waits for its end. */
  kill(): Promise<void>;
  /** Notes that the gateway was killed by another hand, and waits for its end. */
  killed(): Promise<Ended>;
  /** Notes that a life was cut off that has ended already, or never came to listen: by SIGKILL, or by a defect of its own. One that was told to stop, or refused to start, was not; but `isOrderly` says that it had no room to write when it was told. */
  interrupted(isOrderly?: boolean): void;
  /** As an operator would: SIGTERM, and waits. */
  stop(): Promise<Ended>;
  /** Runs another command of the program. */
  run(args: readonly string[], options?: StartOptions & { readonly input?: string }): RunningProgram;
  call(call: HttpCall): Promise<HttpAnswer>;
  /** A token of the home, made when it is first asked for. */
  token(): Promise<string>;
  turnsOf(sessionId: string): Promise<readonly ToldTurn[]>;
  configure(more: JsonObject): Promise<void>;
  readEffects(): Promise<readonly EffectLine[]>;
  nextNonce(): string;
  /** Waits until all that was sent is acknowledged, ended and shown. False when for so long nothing of it has come further; a busy machine is given its time. */
  settle(idleMs?: number): Promise<boolean>;
  /** Ends the gateway and gives what was seen from outside. */
  close(): Promise<Ledgers>;
  /** Stops everything; the folder goes unless it is kept. */
  dispose(isKept: boolean): Promise<void>;
}

const toModule = (name: string): string => fileURLToPath(new URL(`../modules/${name}.ts`, import.meta.url));

/** Makes a world in a folder of its own; nothing runs in it but the fakes. `program` is the built command line. */
export async function createWorld(program: string, options: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "omni-chaos-"));
  const home = join(folder, "home");
  await mkdir(join(folder, "work"));
  await mkdir(home, { mode: 0o700 });
  const [model, platform, gates] = await Promise.all([createFakeOpenAI({ script: toReply }), createPlatform(options.deduplicates ?? true), createGates()]);
  const seen: Seen = { sent: [], restarts: [], kills: [], turns: [], unsure: new Set(), count: 0 };
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, OMNI_HOME: home, NODE_COMPILE_CACHE: join(tmpdir(), "omni-chaos-compiled"), OPENAI_BASE_URL: model.url, ...options.env };
  const parts: Parts = { program, options, folder, home, model, platform, gates, seen, env };
  const configure = (more: JsonObject): Promise<void> => writeFile(join(home, "omni.json"), JSON.stringify(toConfig(parts, more)));
  await configure({});
  const life = createLife(parts);
  const turnsOf = async (sessionId: string): Promise<readonly ToldTurn[]> => readTurns((await life.up()).call, sessionId);
  const readEffects = (): Promise<readonly EffectLine[]> => readLines(join(folder, "effects"));
  return {
    ...{ folder, home, model, platform, gates, sent: seen.sent, turnsOf, configure, readEffects },
    ...life,
    call: async (call) => (await life.up()).call(call),
    token: () => (seen.token ??= makeToken(life)),
    nextNonce: () => `m-${String((seen.count += 1)).padStart(6, "0")}`,
    async settle(idleMs = 30_000) {
      const look = async (): Promise<boolean> => {
        // A gateway that goes down meanwhile is asked again once it is back.
        const turns = await readAllTurns(seen.sent, turnsOf).catch(() => undefined);
        if (turns !== undefined) seen.turns = turns;
        seen.unsure = findUnsureSends(home);
        return turns !== undefined && isSettled(seen, platform);
      };
      for (let before = ""; before !== toProgress(seen, parts); ) {
        before = toProgress(seen, parts);
        if (await waitUntil(look, idleMs, 60)) return true;
      }
      return false;
    },
    async close() {
      const end = await life.stop();
      const damage = [...findDamage(home), ...(end.code === 0 ? [] : [`the gateway ended with ${end.code ?? end.signal} when it was stopped: ${end.stderr.slice(-500)}`])];
      return { sent: seen.sent, shown: platform.shown, effects: await readEffects(), asked: toAsked(model), turns: seen.turns, unsure: findUnsureSends(home), restarts: seen.restarts, kills: seen.kills, damage, deduplicates: platform.deduplicates };
    },
    async dispose(isKept) {
      await life.end();
      await Promise.all([model.close(), platform.close(), gates.close()]);
      if (!isKept) await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Seen {
  readonly sent: SentMessage[];
  readonly restarts: Restart[];
  kills: readonly Kill[];
  turns: readonly ToldTurn[];
  unsure: ReadonlySet<string>;
  count: number;
  token?: Promise<string>;
}

interface Parts {
  readonly program: string;
  readonly options: WorldOptions;
  readonly folder: string;
  readonly home: string;
  readonly model: FakeOpenAI;
  readonly platform: Platform;
  readonly gates: Gates;
  readonly seen: Seen;
  readonly env: Readonly<Record<string, string>>;
}

function toConfig({ folder, platform, gates, options }: Parts, more: JsonObject): JsonObject {
  return {
    memory: false,
    embedder: false,
    workspace: join(folder, "work"),
    policy: { use: "workspace", with: { autonomy: "full" } },
    tools: { files: false, shell: false, web: false, memory: false, effect: { use: toModule("effect-tool"), with: { file: join(folder, "effects"), gates: gates.url } } },
    channels: { rooms: { use: toModule("platform-channel"), with: { url: platform.url, allow: ["p1"], deduplicates: platform.deduplicates, maxMessageLength: options.maxMessageLength ?? 2_000 } } },
    ...(options.hasGatedStore === true ? { store: { use: toModule("gated-store"), with: { gates: gates.url } } } : {}),
    ...options.config,
    ...more,
  };
}

type Life = Pick<World, "gateway" | "up" | "start" | "kill" | "killed" | "interrupted" | "stop" | "run"> & { end(): Promise<void> };

function createLife({ program, folder, home, seen, env }: Parts): Life {
  let current: GatewayProcess | undefined;
  let up = Promise.withResolvers<GatewayProcess>();
  let isUp = false;
  let isKilled = false;
  const gateway = (): GatewayProcess => {
    if (current === undefined) throw new Error("no gateway was started");
    return current;
  };
  const toStart = (args: readonly string[], { tracer = [], nodeOptions = [], env: more = {} }: StartOptions) => ({
    command: [...tracer, process.execPath, "--conditions=@omni/source", ...nodeOptions, program, ...args],
    cwd: join(folder, "work"),
    env: { ...env, ...more },
  });
  // Who waits for a gateway waits on where a start comes to nothing.
  const goDown = (): void => {
    if (isUp) up = Promise.withResolvers<GatewayProcess>();
    isUp = false;
  };
  const interrupted = (isOrderly = false): void => {
    goDown();
    seen.kills = [...seen.kills, { isOrderly, at: performance.now(), over: Infinity }];
    isKilled ||= !isOrderly;
  };
  const killed = (): Promise<Ended> => {
    interrupted();
    return current?.ended ?? Promise.reject(new Error("no gateway was started"));
  };
  return {
    gateway,
    up: () => up.promise,
    async start(options = {}) {
      current = await startGateway(toStart(["gateway", "--port", "0", "--json"], options), home);
      if (isKilled && options.tracer === undefined) seen.restarts.push({ readyMs: current.readyMs, idleNodeMs: current.readyMs > mostReadyMs ? await timeIdleNode(env) : 0 });
      const over = performance.now();
      seen.kills = seen.kills.map((kill) => (kill.over === Infinity ? { ...kill, over } : kill));
      up.resolve(current);
      isUp = true;
      return current;
    },
    async kill() {
      const ending = gateway().end("SIGKILL");
      await killed();
      await ending;
    },
    killed,
    interrupted,
    stop() {
      goDown();
      return gateway().end("SIGTERM");
    },
    run: (args, options = {}) => startProgram({ ...toStart(args, options), ...(options.input === undefined ? {} : { input: options.input }) }),
    async end() {
      if (current !== undefined) await current.end("SIGKILL");
    },
  };
}

/** How busy the machine is: a Node that does nothing. */
async function timeIdleNode(env: Readonly<Record<string, string>>): Promise<number> {
  const begun = performance.now();
  await startProgram({ command: [process.execPath, "-e", "0"], cwd: "/", env }).ended;
  return performance.now() - begun;
}

async function makeToken({ run }: Pick<World, "run">): Promise<string> {
  const { stdout, stderr } = await run(["tokens", "add", "harness", "--scopes", "read,chat", "--json"]).ended;
  const made: unknown = JSON.parse(stdout);
  if (typeof made !== "object" || made === null || !("token" in made)) throw new Error(`no token was made: ${stdout}${stderr}`);
  return String(made.token);
}

async function readAllTurns(sent: readonly SentMessage[], turnsOf: World["turnsOf"]): Promise<readonly ToldTurn[]> {
  const found: ToldTurn[] = [];
  for (const sessionId of new Set(sent.map((message) => message.sessionId))) found.push(...(await turnsOf(sessionId)));
  return found;
}

/** How far everything has come. */
function toProgress({ sent, turns }: Seen, { model, platform }: Parts): string {
  return [sent.filter(({ acknowledged }) => acknowledged).length, turns.filter(({ status }) => !open.has(status)).length, model.chats.length, platform.shown.length].join();
}

const open: ReadonlySet<string> = new Set(["queued", "running", "waiting"]);

/** What was sent on the platform is acknowledged by its offset, so a message with a turn counts as on its way there. */
function isSettled({ sent, turns, unsure }: Seen, platform: Platform): boolean {
  return sent.every((message) => {
    const attempts = turns.filter(({ nonce }) => nonce === message.nonce);
    const [turn] = attempts;
    if (turn === undefined || attempts.some(({ status }) => open.has(status))) return false;
    if (message.entrance !== "rooms") return message.acknowledged;
    const isShown = turn.status === "cancelled" || unsure.has(turn.turnId) || platform.shown.some(({ nonce, key }) => nonce === message.nonce || key.startsWith(`${turn.turnId}:`));
    return message.acknowledged && isShown;
  });
}

function toAsked(model: FakeOpenAI): Ledgers["asked"] {
  return model.chats.flatMap(({ body, at }) => {
    const request = readRequest(body);
    return request === undefined ? [] : [{ nonce: request.plan.nonce, round: request.round, unknown: request.unknown, said: toFinalAnswer(request), at }];
  });
}

async function readLines(file: string): Promise<readonly EffectLine[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as EffectLine);
}
