import type { AskEvent, Clock, Store } from "@omni/core";

const kind = "always-allowed";

/** Remembers that a person allowed exactly this call for good; the digest binds what it was. */
export async function rememberAlways({ digest, tool }: Pick<AskEvent, "digest" | "tool">, store: Pick<Store, "putDocument">, clock: Clock): Promise<void> {
  await store.putDocument(kind, digest, { tool, at: clock.now() });
}

/** True when a person allowed exactly this call for good. */
export async function isAlwaysAllowed(digest: string, store: Pick<Store, "getDocument">): Promise<boolean> {
  return (await store.getDocument(kind, digest)) !== undefined;
}
