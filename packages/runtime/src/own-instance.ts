import type { ClaimResult, Instance, Store } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import { isRestoring } from "./state-backup/restore-record.ts";

/** This process as an owner of turns. */
export interface OwnInstance {
  /** Joins the store when it is first needed; where that fails, when it is next. */
  get(): Promise<Instance>;
  /** Claims a turn for this process; see `Store.claim`. */
  claim(turnId: string): Promise<ClaimResult>;
  leave(): Promise<void>;
}

/** What a process joins a store with. */
export interface OwnInstanceOptions {
  readonly info: { readonly kind: string; readonly pid: number };
  /** The state folder of the home. */
  readonly state: string;
  /** Told when the process was taken for dead meanwhile and has joined anew; what it rejects with the claim is refused with. */
  rejoined(): Promise<void>;
}

/**
 * Where a life is a lease on a server it may end without the process: a
 * machine that slept is dead to the others, which may have claimed its turns.
 * Then the store refuses its claims, and it joins anew as somebody else, whose
 * writes under the old claims stay fenced off.
 */
export function createOwnInstance(store: Store, { info, state, rejoined }: OwnInstanceOptions): OwnInstance {
  let joined: Promise<Instance> | undefined;
  const get = (): Promise<Instance> => {
    if (joined !== undefined) return joined;
    const joining = joinWhole(store, info, state);
    joined = joining;
    joining.catch(() => (joined = undefined));
    return joining;
  };
  /** Of several that find it dead at once the first lets go of it. */
  const joinAnew = async (dead: Instance): Promise<Instance> => {
    const current = joined;
    const isFirst = (await current?.catch(() => undefined)) === dead && joined === current;
    if (isFirst) joined = undefined;
    const instance = await get();
    if (isFirst) await rejoined();
    return instance;
  };
  return {
    get,
    async claim(turnId) {
      const instance = await get();
      try {
        return await store.claim(turnId, instance.id);
      } catch (error) {
        if (!isOmniError(error) || error.code !== "store.failed" || (await store.isAlive(instance.id))) throw error;
        return store.claim(turnId, (await joinAnew(instance)).id);
      }
    },
    leave: async () => (await joined)?.leave(),
  };
}

/** Joins a home that is whole: a restore that sees nobody at work replaces what is there, so one that has begun is looked for afterwards. */
async function joinWhole(store: Store, info: OwnInstanceOptions["info"], state: string): Promise<Instance> {
  const instance = await store.join(info);
  if (!(await isRestoring(state))) return instance;
  await instance.leave();
  throw new OmniError("home.held", "A restore of this home is under way or was interrupted; end this program and start it again, which brings the restore to its end.");
}
