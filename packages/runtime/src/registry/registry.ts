import type { OmniModule, SlotName } from "@omni/core";

/** What a lazily imported package must export. */
export interface ImplementationModule {
  readonly omni: unknown;
}

/** The table of what is shipped: slot, name, and how to import it. */
export type ImplementationTable = Partial<Readonly<Record<SlotName, Readonly<Record<string, () => Promise<ImplementationModule>>>>>>;

/** Where a `use` stands, so that paths resolve and errors name the place. */
export interface UsePlace {
  /** Path of the key in the configuration: `provider`, `tools.files`. */
  readonly place: string;
  /** Relative paths start here. */
  readonly configDir: string;
  /** Packages are looked for in its `node_modules` first, then in that of `cwd`. */
  readonly home: string;
  readonly cwd: string;
}

/** Finds implementations by name, path or package. */
export interface Registry {
  /** Throws `config.unknown-implementation` (with the nearest name) or `config.bad-module`. */
  resolve<Slot extends SlotName>(slot: Slot, use: string, from: UsePlace): Promise<OmniModule<Slot>>;
  /** Names of the table for a slot, sorted. */
  names(slot: SlotName): readonly string[];
}
