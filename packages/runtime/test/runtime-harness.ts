import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { JsonObject, Memory, OmniModule, Principal, SecurityPolicy, SessionWindows, SlotName, Slots, Store, Tool } from "@omni/core";
import type { ArrayRecords, EchoTools, FakeHost, ProviderScript, ScriptedProvider } from "@omni/testkit/fakes";
import { createArrayMemory, createArrayRecords, createEchoTools, createFakeHost, createListWindows, createMapStorePlace, createScriptedProvider } from "@omni/testkit/fakes";
import type { IncomingMessage, Runtime } from "../src/runtime.ts";
import type { Config } from "../src/config/config.ts";
import type { Registry } from "../src/registry/registry.ts";
import { createRuntime } from "../src/create-runtime.ts";

/** The owner of the home. */
export const owner: Principal = { id: "owner", scopes: ["read", "chat", "approve", "admin"] };

/** A runtime whose parts are all fakes, on a store that outlives it. */
export interface RuntimeHarness {
  readonly host: FakeHost;
  readonly provider: ScriptedProvider;
  readonly echo: EchoTools;
  readonly disposed: string[];
  /** What the memory of every runtime holds. */
  readonly remembered: ArrayRecords;
  /** Opens another runtime on the same store, as another process or a restart would. */
  open(): Promise<Runtime>;
  message(text: string, more?: Partial<IncomingMessage>): IncomingMessage;
  dispose(): Promise<void>;
}

/** What a test may set. */
export interface RuntimeHarnessOptions {
  readonly script?: ProviderScript;
  readonly policy?: Partial<SecurityPolicy>;
  readonly tools?: readonly Tool[];
  readonly agent?: Partial<Config["agent"]>;
  readonly store?: (store: Store) => Store;
  readonly memory?: (memory: Memory) => Memory;
  readonly windows?: Partial<SessionWindows>;
  /** What parts do when they are closed, in place of their own. */
  readonly closes?: { readonly [Slot in SlotName]?: () => Promise<void> };
}

/** Makes a harness. */
export async function createRuntimeHarness(options: RuntimeHarnessOptions = {}): Promise<RuntimeHarness> {
  const root = await mkdtemp(join(tmpdir(), "omni-runtime-"));
  const host = createFakeHost({ paths: { home: root, state: join(root, "state"), workspace: root } });
  const place = createMapStorePlace();
  const provider = createScriptedProvider(options.script);
  const echo = createEchoTools(host.clock);
  if (options.tools !== undefined) echo.extend(options.tools);
  const disposed: string[] = [];
  const remembered = createArrayRecords();
  const opened: Runtime[] = [];
  const parts: { [Slot in SlotName]?: () => Promise<Slots[Slot]> } = {
    store: async () => (options.store ?? ((store) => store))(await place.open(host.clock)),
    policy: async () => ({ autonomy: "full", decide: () => ({ verdict: "allow", reason: "", rule: "test" }), ...options.policy }),
    window: async () => ({ ...createListWindows(64), ...options.windows }),
    memory: async () => (options.memory ?? ((memory) => memory))(createArrayMemory(remembered)),
    provider: async () => provider,
    tool: async () => echo,
  };
  return {
    host,
    provider,
    echo,
    disposed,
    remembered,
    async open() {
      const runtime = await createRuntime({ config: toConfig(root, options.agent), registry: toRegistry(parts, disposed, options.closes), host, process: { kind: "test", pid: process.pid } });
      opened.push(runtime);
      return runtime;
    },
    message: (text, more = {}) => ({ sessionId: "test:a", text, principal: owner, origin: "test", interactive: true, ...more }),
    async dispose() {
      try {
        for (const runtime of opened) await runtime.close();
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    },
  };
}

/** Moves the clock until it holds, by 100 s at most; what then waits for the disk alone is given its time. */
export async function until(made: RuntimeHarness, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let step = 0; step < 200 && !(await holds()); step += 1) await made.host.clock.advance(500);
  await expect.poll(holds, { timeout: 20_000, message: "what was waited for did not come about within 100 s" }).toBe(true);
}

function toConfig(root: string, agent: Partial<Config["agent"]> = {}): Config {
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
    gateway: { host: "127.0.0.1", port: 0, maxBodyBytes: 1_048_576 },
    agent: { maxRounds: 30, repeatLimit: 3, turnTimeoutMs: 300_000, toolTimeoutMs: 120_000, contextTokens: 32_000, memoryScope: "session", maxConcurrentTurns: 64, maxQueuedTurns: 1_000, queueMode: "queue", ...agent },
    warnings: [],
  };
}

/** Every part tells when it is freed. */
function toRegistry(parts: { [Slot in SlotName]?: () => Promise<Slots[Slot]> }, disposed: string[], closes: RuntimeHarnessOptions["closes"] = {}): Registry {
  return {
    names: () => ["fake"],
    async resolve<Slot extends SlotName>(slot: Slot): Promise<OmniModule<Slot>> {
      const create = async (): Promise<Slots[Slot]> => {
        const part = await parts[slot]?.();
        if (part === undefined) throw new Error(`the harness has no ${slot}`);
        const close = "close" in part && typeof part.close === "function" ? (part.close.bind(part) as () => Promise<void>) : async () => undefined;
        return { ...part, close: async () => (disposed.push(slot), (closes[slot] ?? close)()) };
      };
      const options = { jsonSchema: { type: "object" }, parse: (value: unknown) => value as JsonObject };
      return { slot, name: "fake", contract: 1, options, create };
    },
  };
}
