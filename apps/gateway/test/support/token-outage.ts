import type { Store } from "@omni/core";
import { OmniError } from "@omni/core";

/** A store in which no token can be looked at while it says so. */
export interface TokenOutage {
  readonly wrap: (store: Store) => Store;
  isOn: boolean;
}

export function createTokenOutage(): TokenOutage {
  const outage: TokenOutage = {
    isOn: false,
    wrap: (store) => ({
      ...store,
      getDocument: async (kind, id) => {
        if (outage.isOn && kind === "access-token") throw new OmniError("store.busy", "Another program has locked the store.", { retryable: true });
        return store.getDocument(kind, id);
      },
    }),
  };
  return outage;
}
