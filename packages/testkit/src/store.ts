import type { Clock, Store } from "@omni/core";
import type { ContractCase, ContractOptions, Create } from "./contract.ts";
import { describeContract } from "./contract.ts";
import { storeContentCases } from "./store-content.ts";
import { storeCopyCases } from "./store-copies.ts";
import { storeIntakeCases } from "./store-intake.ts";
import { storeLifeCases } from "./store-life.ts";
import { storeOutboxCases } from "./store-outbox.ts";
import { storeOwningCases } from "./store-owning.ts";
import { storeRecordingCases } from "./store-recording.ts";
import { storeSessionCases } from "./store-sessions.ts";
import { storeSharingCases } from "./store-sharing.ts";

/** A place where a store keeps things, so that a case can close it, open it again, or open it twice as two processes would. */
export interface StorePlace {
  open(clock?: Clock): Promise<Store>;
  /** Opens what was copied into this folder, as the store of another place. Needed for the ability `backup`. */
  openCopy?(folder: string): Promise<Store>;
  /** Lets the leases of this store end without a word, as those of a machine that sleeps for long; it is awake again afterwards. Needed for the ability `leases`, of stores whose life is no lock of the operating system. */
  lapse?(store: Store): Promise<void>;
  /** Frees the place itself; every store opened there is closed by then. */
  dispose(): Promise<void>;
}

/** Every obligation of `Store`; see `docs/contracts/store.md`. */
export const storeContract: readonly ContractCase<StorePlace>[] = [
  ...storeIntakeCases,
  ...storeOwningCases,
  ...storeRecordingCases,
  ...storeSessionCases,
  ...storeContentCases,
  ...storeLifeCases,
  ...storeCopyCases,
  ...storeOutboxCases,
  ...storeSharingCases,
];

/** Runs the kit of `Store` against an implementation. */
export function describeStore(title: string, create: Create<StorePlace>, options?: ContractOptions): void {
  describeContract(title, storeContract, create, options);
}
