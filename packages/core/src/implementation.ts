import type { Channel } from "./channel.ts";
import type { Embedder } from "./embedder.ts";
import type { Hook } from "./hook.ts";
import type { Host } from "./host.ts";
import type { JsonSchema } from "./json.ts";
import type { Memory } from "./memory.ts";
import type { Provider } from "./provider.ts";
import type { Sandbox } from "./sandbox.ts";
import type { SecurityPolicy } from "./security-policy.ts";
import type { SessionWindows } from "./session-window.ts";
import type { Store } from "./store.ts";
import type { Toolset } from "./tool.ts";

/** Every slot, with the contract that fills it. */
export interface Slots {
  provider: Provider;
  channel: Channel;
  memory: Memory;
  window: SessionWindows;
  tool: Toolset;
  policy: SecurityPolicy;
  store: Store;
  embedder: Embedder;
  sandbox: Sandbox;
  hook: Hook;
}

/** The name of a slot. */
export type SlotName = keyof Slots;

/** An implementation's own options: a schema for editors and validation, and a parser that fills in defaults. */
export interface OptionsSchema<Options> {
  /** Describes the `with` object. The runtime validates against it before `parse` is called. */
  readonly jsonSchema: JsonSchema;
  /** Fills in defaults and checks what a schema cannot; throws `config.invalid`. */
  parse(value: unknown): Options;
}

/**
 * What a package of a slot exports as `omni`. `create` may be asynchronous;
 * it acquires nothing that the returned part's `close` does not free.
 */
export interface OmniModule<Slot extends SlotName = SlotName, Options = unknown> {
  readonly slot: Slot;
  readonly name: string;
  /** Version of the contract it was written for. */
  readonly contract: 1;
  readonly options: OptionsSchema<Options>;
  create(options: Options, host: Host): Slots[Slot] | Promise<Slots[Slot]>;
}
