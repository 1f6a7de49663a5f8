import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Channel, ChannelCapabilities, InboundMessage, JsonObject, OmniModule, SecurityPolicy, SlotName, Slots, Store, Tool } from "@omni/core";
import type { EchoTools, FakeHost, ProviderScript, RecordingPlatform, ScriptedProvider } from "@omni/testkit/fakes";
import { createArrayMemory, createEchoTools, createFakeHost, createListWindows, createMapStorePlace, createRecordingChannel, createRecordingPlatform, createScriptedProvider } from "@omni/testkit/fakes";
import type { Config } from "../../src/config/config.ts";
import type { Runtime } from "../../src/runtime.ts";
import { createRuntime } from "../../src/create-runtime.ts";

/** A platform, a model and a disk that outlive the runtimes between them. */
export interface TalkingPlace {
  readonly host: FakeHost;
  readonly provider: ScriptedProvider;
  readonly echo: EchoTools;
  readonly platform: RecordingPlatform;
  /** Starts a runtime whose channels are up; turns of dead ones are taken up, as a gateway does. */
  open(): Promise<Runtime>;
  /** Ends the runtime as `kill -9` does: nothing of it writes, sends or receives any more. */
  kill(): Promise<void>;
  /** Somebody writes on the platform; resolves true when it was told that the message arrived. */
  write(text: string, more?: Partial<InboundMessage>): Promise<boolean>;
  /** Lets everything go on until so many messages are shown in all; gives them as `conversation: text`. */
  shown(count: number): Promise<readonly string[]>;
  /** Lets everything go on until this holds. */
  until(holds: () => boolean | Promise<boolean>): Promise<void>;
  dispose(): Promise<void>;
}

/** What a test may set. */
export interface TalkingPlaceOptions {
  readonly script?: ProviderScript;
  readonly policy?: Partial<SecurityPolicy>;
  readonly tools?: readonly Tool[];
  readonly capabilities?: Partial<ChannelCapabilities>;
  readonly channels?: Config["channels"];
  readonly store?: (store: Store) => Store;
}

interface Life {
  readonly runtime: Runtime;
  readonly kill: () => Promise<void>;
}

/** Most steps that `until` waits. */
const mostSteps = 50_000;

/** Makes a place where `p1` may talk in `rooms`. */
export async function createTalkingPlace(options: TalkingPlaceOptions = {}): Promise<TalkingPlace> {
  const root = await mkdtemp(join(tmpdir(), "omni-talking-"));
  const host = createFakeHost({ paths: { home: root, state: join(root, "state"), workspace: root } });
  const provider = createScriptedProvider(options.script);
  const echo = createEchoTools(host.clock);
  if (options.tools !== undefined) echo.extend(options.tools);
  const platform = createRecordingPlatform();
  const disk = createMapStorePlace();
  const lives: Life[] = [];
  let written = 0;
  const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
    for (let step = 0; step < mostSteps; step += 1) {
      if (await holds()) return;
      await host.clock.advance(1);
    }
    throw new Error(`it did not come; shown: ${JSON.stringify(platform.shown)}; log: ${JSON.stringify(host.log.lines)}`);
  };
  return {
    host,
    provider,
    echo,
    platform,
    until,
    async open() {
      const life = await openLife({ ...options, root, host, provider, echo, platform, disk: await disk.open(host.clock) });
      lives.push(life);
      return life.runtime;
    },
    async kill() {
      await lives.pop()?.kill();
    },
    async write(text, more = {}) {
      const message = { platformId: `m${++written}`, conversation: "hall", sender: "p1", content: [{ type: "text" as const, text }], at: host.clock.now(), ...more };
      await until(() => platform.receiver !== undefined);
      let told: boolean | undefined;
      void platform.receiver?.(message).then(() => (told = true), () => (told = false));
      await until(() => told !== undefined);
      return told === true;
    },
    async shown(count) {
      await until(() => platform.shown.length >= count);
      await host.clock.advance(1);
      return platform.shown.map(({ message }) => `${message.conversation}: ${message.text}`);
    },
    async dispose() {
      for (const { runtime } of lives) await Promise.all([runtime.close().catch(() => undefined), host.clock.advance(20_000)]);
      await rm(root, { recursive: true, force: true });
    },
  };
}

type LifeParts = TalkingPlaceOptions & { readonly root: string; readonly host: FakeHost; readonly provider: ScriptedProvider; readonly echo: EchoTools; readonly platform: RecordingPlatform; readonly disk: Store };

async function openLife({ root, host, provider, echo, platform, disk, ...options }: LifeParts): Promise<Life> {
  const death = new AbortController();
  const { promise: never } = Promise.withResolvers<never>();
  const parts: { [Slot in SlotName]?: () => Promise<Slots[Slot]> } = {
    store: async () => (options.store ?? ((store) => store))(disk),
    policy: async () => ({ autonomy: "full", decide: () => ({ verdict: "allow", reason: "", rule: "test" }), ...options.policy }),
    window: async () => createListWindows(64),
    memory: async () => createArrayMemory(),
    provider: async () => provider,
    tool: async () => echo,
    channel: async () => {
      const channel: Channel = createRecordingChannel(platform, { deduplicates: false, ...options.capabilities });
      return { ...channel, send: async (...given) => (death.signal.aborted ? never : channel.send(...given)) };
    },
  };
  const registry = {
    names: () => ["fake"],
    async resolve<Slot extends SlotName>(slot: Slot): Promise<OmniModule<Slot>> {
      const create = async (): Promise<Slots[Slot]> => {
        const part = await parts[slot]?.();
        if (part === undefined) throw new Error(`the place has no ${slot}`);
        return part;
      };
      return { slot, name: "fake", contract: 1, options: { jsonSchema: { type: "object" }, parse: (value: unknown) => value as JsonObject }, create };
    },
  };
  const runtime = await createRuntime({ config: toConfig(root, options.channels), registry, host, process: { kind: "test", pid: process.pid } });
  await runtime.recover();
  runtime.startChannels();
  const kill = async (): Promise<void> => {
    death.abort();
    platform.receiver = undefined;
    await disk.close();
  };
  return { runtime, kill };
}

function toConfig(root: string, channels: Config["channels"]): Config {
  const choice = { use: "fake", with: {} };
  return {
    path: join(root, "omni.json"),
    configDir: root,
    cwd: root,
    paths: { home: root, state: join(root, "state"), workspace: root },
    provider: choice,
    memory: choice,
    window: choice,
    policy: choice,
    store: choice,
    tools: { echo: choice },
    hooks: [],
    channels: channels ?? { rooms: { use: "fake", with: { allow: ["p1"] } } },
    gateway: { host: "127.0.0.1", port: 0, maxBodyBytes: 1_048_576 },
    agent: { maxRounds: 30, repeatLimit: 3, turnTimeoutMs: 300_000, toolTimeoutMs: 120_000, contextTokens: 32_000, memoryScope: "session", maxConcurrentTurns: 64, maxQueuedTurns: 1_000, queueMode: "queue" },
    warnings: [],
  };
}
