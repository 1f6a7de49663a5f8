import type { Hook, Host, Memory, OmniModule, Provider, Sandbox, SecurityPolicy, SessionWindows, Slots, SlotName, Spawn, Store, Toolset } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { Config, SlotChoice } from "./config/config.ts";
import type { Registry } from "./registry/registry.ts";
import { closeInTime } from "./close-in-time.ts";
import { parseOptions } from "./registry/parse-options.ts";
import { toRealPaths } from "./host/real-paths.ts";
import { resumeRestore } from "./state-backup/resume-restore.ts";
import { watchStore } from "./watched-store.ts";

/** The live parts of a composition. */
export interface Parts {
  readonly store: Store;
  /** What first showed that the store is damaged; undefined while nothing has. */
  storeFault(): OmniError | undefined;
  readonly policy: SecurityPolicy;
  readonly memory: Memory | undefined;
  readonly windows: SessionWindows;
  readonly toolsets: readonly Toolset[];
  readonly hooks: readonly Hook[];
  readonly provider: Provider;
  /** Frees everything, the last made first and all tools together. Idempotent; goes on past a part that fails or does not end, and throws the first error. */
  close(): Promise<void>;
}

/** What a composition is made from. */
export interface Composition {
  readonly config: Config;
  readonly registry: Registry;
  readonly host: Host;
}

/** What of a host some parts are given in place of the common one. */
type HostParts = Partial<Pick<Host, "embedder" | "memory" | "paths" | "spawn">>;

/** Makes every part in dependency order. When one cannot be made those before it are freed again, and the error names the place. */
export async function compose(composition: Composition): Promise<Parts> {
  const { config, host } = composition;
  const disposals: Disposal[] = [];
  const close = createClose(disposals, host);
  const make = async <Slot extends SlotName>(slot: Slot, choice: SlotChoice, place: string, given: HostParts = {}): Promise<Slots[Slot]> => {
    const part = await createPart(slot, choice, place, { ...composition, host: { ...host, ...given } });
    const dispose = closeOf(part);
    if (dispose !== undefined) disposals.push({ slot, place, dispose });
    return part;
  };
  preload(composition);
  await resumeRestore(composition);
  try {
    const { store, fault: storeFault } = watchStore(await make("store", config.store, "store"), host.log);
    const policy = await make("policy", config.policy, "policy", { paths: await toRealPaths(host.paths) });
    const windows = await make("window", config.window, "window");
    const sandbox = config.sandbox === undefined || !isSandboxPart(config.sandbox) ? undefined : await make("sandbox", config.sandbox, "sandbox");
    const isEmbedding = config.memory !== false && config.embedder !== undefined && config.embedder !== false;
    const embedder = isEmbedding ? await make("embedder", config.embedder, "embedder") : undefined;
    const memory = config.memory === false ? undefined : await make("memory", config.memory, "memory", embedder === undefined ? {} : { embedder });
    const provider = await make("provider", config.provider, "provider");
    const toolsets: Toolset[] = [];
    const forTools: HostParts = { ...(memory === undefined ? {} : { memory }), ...(sandbox === undefined ? {} : { spawn: toContainedSpawn(host, sandbox) }) };
    for (const [name, choice] of Object.entries(config.tools)) {
      if (choice !== false) toolsets.push(await make("tool", choice, `tools.${name}`, forTools));
    }
    for (const [name, choice] of Object.entries(config.servers ?? {})) {
      // A server that cannot be made costs its own tools; the reason is in the log and in the diagnosis of the server.
      const server = await make("tool", choice, `mcp.json: ${name}`).catch((error: unknown) => host.log.warn("a server is left out", { server: name, message: toOmniError(error).message }));
      if (server !== undefined) toolsets.push(server);
    }
    const hooks: Hook[] = [];
    for (const [index, choice] of config.hooks.entries()) hooks.push(await make("hook", choice, `hooks[${index}]`));
    return { store, storeFault, policy, memory, windows, toolsets, hooks, provider, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** Starts reading every module at once: they are made one after another, but need not be read so. What cannot be found is told when its turn comes. */
function preload({ config, registry, host }: Composition): void {
  const { store, policy, window, memory, provider } = config;
  const choices: readonly (readonly [SlotName, SlotChoice | false])[] = [["store", store], ["policy", policy], ["window", window], ["memory", memory], ["provider", provider], ...Object.values(config.tools).map((choice) => ["tool", choice] as const)];
  for (const [slot, choice] of choices) {
    if (choice === false) continue;
    registry.resolve(slot, choice.use, { place: slot, configDir: config.configDir, home: host.paths.home, cwd: config.cwd }).catch(() => undefined);
  }
}

/** Words of `sandbox.use` that name no part: how programs are contained is then the policy's business. */
const sandboxWords: ReadonlySet<string> = new Set(["auto", "none"]);

/** True for a sandbox that somebody chose to put in. */
export function isSandboxPart(choice: SlotChoice): boolean {
  return !sandboxWords.has(choice.use);
}

/** Every program of a tool contained: it may write where it works, and does not see the state of the home. */
function toContainedSpawn({ spawn, paths }: Host, sandbox: Sandbox): Spawn {
  return {
    start(request, { signal, containment = { writable: [request.cwd, paths.workspace], hidden: [paths.state], hosts: [] } }) {
      return spawn.start(sandbox.wrap(request, containment), { signal });
    },
  };
}

/** Makes one part. Throws `config.*` that names the place. */
export async function createPart<Slot extends SlotName>(slot: Slot, choice: SlotChoice, place: string, composition: Composition): Promise<Slots[Slot]> {
  const { config, registry, host } = composition;
  const module: OmniModule<Slot> = await registry.resolve(slot, choice.use, { place, configDir: config.configDir, home: host.paths.home, cwd: config.cwd });
  const options = await parseOptions(module, choice.with, `${place}.with`, (message) => host.log.warn(message));
  const part = await module.create(options, host);
  if (typeof part !== "object" || part === null) throw new OmniError("config.bad-module", `The module ${JSON.stringify(choice.use)} at ${place} made no ${slot}.`);
  return part;
}

function closeOf(part: object): (() => Promise<void>) | undefined {
  if (!("close" in part) || typeof part.close !== "function") return undefined;
  const dispose = part.close.bind(part) as () => Promise<void>;
  return dispose;
}

/** How one part is freed. */
interface Disposal {
  readonly slot: SlotName;
  readonly place: string;
  readonly dispose: () => Promise<void>;
}

function createClose(disposals: Disposal[], host: Host): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const group of toGroups(disposals.splice(0).reverse())) {
      const settled = await Promise.allSettled(group.map(({ place, dispose }) => closeInTime(place, dispose, host)));
      failures.push(...settled.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : [])));
    }
    if (failures.length > 0) throw failures[0];
  };
  return () => (closing ??= run());
}

/** Tools that stand together go together: each may have a server to end, and none needs another. */
function toGroups(disposals: readonly Disposal[]): readonly (readonly Disposal[])[] {
  const groups: Disposal[][] = [];
  for (const each of disposals) {
    const last = groups.at(-1);
    if (each.slot === "tool" && last?.[0]?.slot === "tool") last.push(each);
    else groups.push([each]);
  }
  return groups;
}
