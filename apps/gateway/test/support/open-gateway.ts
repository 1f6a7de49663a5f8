import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Channel, ModelEvent, ModelRequest, OmniModule, PolicyDecision, Provider, SlotName, Slots, Store, Tool } from "@omni/core";
import type { FakeHost, MapStorePlace } from "@omni/testkit/fakes";
import { createCountingRandom, createFakeHost, createListWindows, createMapStorePlace } from "@omni/testkit/fakes";
import type { Runtime, RuntimeOptions } from "@omni/runtime";
import { createRuntime, mintPairingCode } from "@omni/runtime";
import { onTestFinished } from "vitest";
import type { Gateway, GatewayOptions } from "../../src/create-gateway.ts";
import type { Transport } from "../../src/route.ts";
import { createGateway } from "../../src/create-gateway.ts";

/** Says what the model answers; `said` is the newest message of the person. */
export type Model = (said: string, request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>;

export interface OpenRuntimeOptions {
  readonly model?: Model;
  /** Id of the model of turns that name none; `test` when absent. */
  readonly defaultModel?: string;
  readonly tools?: readonly Tool[];
  readonly verdict?: PolicyDecision["verdict"];
  readonly agent?: Partial<RuntimeOptions["config"]["agent"]>;
  readonly place?: MapStorePlace;
  readonly home?: string;
  readonly wrapStore?: (store: Store) => Store;
  /** The channel `rooms`, on which `p1` may talk; it is started by the test. */
  readonly channel?: Channel;
  /** True when absent. */
  readonly isTrusted?: boolean;
  /** Given what is to be called when `tools` has changed. */
  readonly onToolsChange?: (changed: () => void) => void;
}

/** A real runtime over fakes, in a temporary home. */
export async function openRuntime(options: OpenRuntimeOptions = {}): Promise<{ readonly runtime: Runtime; readonly host: FakeHost; readonly config: RuntimeOptions["config"]; readonly place: MapStorePlace }> {
  const home = options.home ?? temporaryFolder();
  const paths = { home, state: join(home, "state"), workspace: join(home, "workspace") };
  for (const folder of [paths.state, paths.workspace]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const place = options.place ?? createMapStorePlace();
  const host = createFakeHost({ paths, random: createCountingRandom(place.state.next()) });
  const choice = { use: "it", with: {} };
  const config: RuntimeOptions["config"] = {
    path: join(home, "omni.json"),
    configDir: home,
    cwd: home,
    paths,
    provider: choice,
    memory: false,
    window: choice,
    policy: choice,
    store: choice,
    tools: { it: choice },
    hooks: [],
    ...(options.channel === undefined ? {} : { channels: { rooms: { use: "it", with: { allow: ["p1"] } } } }),
    gateway: { host: "127.0.0.1", port: 0, maxBodyBytes: 4_096 },
    agent: { maxRounds: 5, repeatLimit: 3, turnTimeoutMs: 60_000, toolTimeoutMs: 30_000, contextTokens: 32_000, memoryScope: "session", maxConcurrentTurns: 64, maxQueuedTurns: 1_000, queueMode: "queue", ...options.agent },
    warnings: [],
  };
  const store = await place.open(host.clock);
  const parts: Partial<Slots> = {
    provider: toProvider(options.model ?? echo, options.defaultModel ?? "test"),
    window: createListWindows(),
    policy: { autonomy: "supervised", decide: () => ({ verdict: options.verdict ?? "allow", reason: "the test says so", rule: "test" }) },
    store: options.wrapStore?.(store) ?? store,
    ...(options.channel === undefined ? {} : { channel: options.channel }),
    tool: {
      owner: "test",
      trusted: options.isTrusted ?? true,
      tools: () => options.tools ?? [],
      onChange(changed) {
        options.onToolsChange?.(changed);
        return () => undefined;
      },
      close: async () => undefined,
    },
  };
  const runtime = await createRuntime({ config, host, registry: { names: () => [], resolve: async (slot) => toModule(slot, parts) }, process: { kind: "test", pid: 1 } });
  onTestFinished(() => runtime.close());
  return { runtime, host, config, place };
}

function toModule<Slot extends SlotName>(slot: Slot, parts: Partial<Slots>): OmniModule<Slot> {
  return {
    slot,
    name: "it",
    contract: 1,
    options: { jsonSchema: { type: "object" }, parse: (value) => value },
    create() {
      const part = parts[slot];
      if (part === undefined) throw new Error(`no ${slot} in this test`);
      return part;
    },
  };
}

function toProvider(model: Model, id: string): Provider {
  return {
    stream(request, signal) {
      const last = request.messages.findLast((message) => message.role === "user");
      const words = last?.content.at(-1);
      return model(words?.type === "text" ? words.text : "", request, signal);
    },
    models: async () => [],
    defaultModel: async () => ({ id }),
    close: async () => undefined,
  };
}

/** Pieces of text, then the end of the reply. */
export async function* saying(...pieces: readonly string[]): AsyncGenerator<ModelEvent, void, undefined> {
  for (const text of pieces) yield { type: "text-delta", text };
  yield { type: "finish", reason: "stop", usage: { inputTokens: 12, outputTokens: 3, reported: true } };
}

/** One call of a tool. */
export async function* calling(name: string, input: object = {}): AsyncGenerator<ModelEvent, void, undefined> {
  yield { type: "tool-call", call: { id: "c1", name, arguments: JSON.stringify(input) } };
  yield { type: "finish", reason: "tool-calls", usage: { inputTokens: 5, outputTokens: 1, reported: true } };
}

/** Says nothing until it is let go or stopped. */
export async function* stalling(gate: Promise<unknown>, signal: AbortSignal, ...pieces: readonly string[]): AsyncGenerator<ModelEvent, void, undefined> {
  const stopped = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    if (signal.aborted) reject(signal.reason as Error);
  });
  await Promise.race([gate, stopped]);
  yield* saying(...pieces);
}

export const echo: Model = (said) => saying("You said: ", said);

/** True where the model has been given a result in this turn. */
export function hasResult(request: ModelRequest): boolean {
  return request.messages.at(-1)?.role === "tool";
}

/** Lets everything else run until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** A tool that says `text`. */
export function toolSaying(name: string, text: string): Tool {
  return { name, description: "says something", inputSchema: { type: "object" }, execute: async () => ({ content: [{ type: "text", text }] }) };
}

export function temporaryFolder(prefix = "omni-gateway-"): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a request is made of in these tests. */
export interface Ask {
  readonly body?: unknown;
  readonly raw?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly transport?: Transport;
  readonly signal?: AbortSignal;
}

export interface OpenGateway {
  readonly gateway: Gateway;
  readonly runtime: Runtime;
  readonly host: FakeHost;
  readonly place: MapStorePlace;
  readonly token: string;
  /** Asks over TCP with a token of scopes read, chat and approve, unless it says otherwise. */
  ask(line: string, ask?: Ask): Promise<Response>;
  tokenFor(...scopes: readonly string[]): Promise<string>;
  /** A code for a token of this name with scope read. */
  mint(name: string): Promise<string>;
}

/** A gateway without a port, over a real runtime. */
export async function openGateway(options: OpenRuntimeOptions & { readonly gateway?: Partial<GatewayOptions>; readonly token?: string } = {}): Promise<OpenGateway> {
  const { runtime, host, place } = await openRuntime(options);
  const gateway = createGateway(runtime, { clock: host.clock, maxBodyBytes: 4_096, ...options.gateway });
  gateway.enter("ready");
  const tokenFor = async (...scopes: readonly string[]): Promise<string> => (await runtime.tokens.add(`t${host.random.id()}`, scopes)).token;
  const usual = options.token ?? (await tokenFor("read", "chat", "approve"));
  const ask: OpenGateway["ask"] = async (line, { body, raw, token = usual, headers = {}, transport = "tcp", signal } = {}) => {
    const [method = "GET", path = "/"] = line.split(" ");
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const init: RequestInit = {
      method,
      headers: { ...(token === "" ? {} : { authorization: `Bearer ${token}` }), ...(content === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(content === undefined ? {} : { body: content, duplex: "half" }),
      ...(signal === undefined ? {} : { signal }),
    };
    return gateway.fetch(new Request(`http://127.0.0.1:7777${path}`, init), transport);
  };
  const mint = async (name: string): Promise<string> => (await mintPairingCode({ name, scopes: ["read"] }, { store: runtime.store, tokens: runtime.tokens, clock: host.clock, random: host.random })).code;
  return { gateway, runtime, host, place, token: usual, ask, tokenFor, mint };
}
