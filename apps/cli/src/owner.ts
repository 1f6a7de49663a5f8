import type { Principal } from "@omni/core";

/** Who stands at the terminal: the owner of the home. */
export const owner: Principal = { id: "owner", scopes: ["read", "chat", "approve", "admin"] };
