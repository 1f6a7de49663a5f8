import type { Host, JsonValue, Store } from "@omni/core";
import { OmniError } from "@omni/core";

/** Takes the home for this process, for life. Throws `home.held` naming the holder's pid. */
export async function holdHome({ pid }: { readonly pid: number }, store: Pick<Store, "lock">, { clock, paths }: Pick<Host, "clock" | "paths">): Promise<void> {
  const lock = await store.lock("gateway", { pid, at: clock.now() });
  if (!lock.held) throw new OmniError("home.held", `Another gateway (pid ${toPid(lock.holder)}) holds the home ${paths.home}; stop it, or use another home.`);
}

function toPid(holder: JsonValue): string {
  if (typeof holder === "object" && holder !== null && "pid" in holder) return String(holder.pid);
  return "unknown";
}
