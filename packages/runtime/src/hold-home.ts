import type { Host, JsonValue, Store } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";

/** Takes the home for this process, for life. Throws `home.held` naming the holder's pid. */
export async function holdHome({ pid }: { readonly pid: number }, store: Pick<Store, "lock">, { clock, paths }: Pick<Host, "clock" | "paths">): Promise<void> {
  const lock = await store.lock("gateway", { pid, at: clock.now() });
  if (!lock.held) throw new OmniError("home.held", `Another gateway (pid ${toPid(lock.holder)}) holds the home ${paths.home}; stop it, or use another home.`);
}

/** The home in the hands of this process. */
export interface HomeHold {
  /** Takes it; see `holdHome`. */
  take(info: { readonly pid: number }): Promise<void>;
  /** Takes it again after the process was taken for dead; nothing where it never had it. Throws `home.held` where another has it meanwhile, and tells so whoever listens. */
  renew(): Promise<void>;
  onLost(lost: (error: OmniError) => void): () => void;
}

/** Keeps the home for this process. The lock of a lease is free for others once that has ended, as on a machine that slept. */
export function createHomeHold(store: Pick<Store, "lock">, host: Pick<Host, "clock" | "paths" | "log">): HomeHold {
  const listeners = new Set<(error: OmniError) => void>();
  let holder: { readonly pid: number } | undefined;
  return {
    async take(info) {
      await holdHome(info, store, host);
      holder = info;
    },
    async renew() {
      host.log.warn("others on the store took this process for dead; it has joined anew");
      if (holder === undefined) return;
      try {
        await holdHome(holder, store, host);
      } catch (error) {
        if (isOmniError(error) && error.code === "home.held") for (const tell of listeners) tell(error);
        throw error;
      }
    },
    onLost(lost) {
      listeners.add(lost);
      return () => void listeners.delete(lost);
    },
  };
}

function toPid(holder: JsonValue): string {
  if (typeof holder === "object" && holder !== null && "pid" in holder) return String(holder.pid);
  return "unknown";
}
