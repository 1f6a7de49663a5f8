import type { ActionKind, Autonomy, PolicyDecision } from "@omni/core";

/** A cell of the table. `ask-unless-allowed` runs where the owner allowed the tool or host; `contained` runs where the owner lets programs run uncontained, until there is a sandbox. */
export type Cell = PolicyDecision["verdict"] | "ask-unless-allowed" | "contained";

/**
 * What may be done at which autonomy; the same table as in the guide to
 * security. What the hard floor denies never gets here.
 */
export const policyTable: Readonly<Record<ActionKind, Readonly<Record<Autonomy, Cell>>>> = {
  internal: { readonly: "allow", supervised: "allow", full: "allow" },
  read: { readonly: "allow", supervised: "allow", full: "allow" },
  "read-open": { readonly: "deny", supervised: "ask-unless-allowed", full: "allow" },
  write: { readonly: "deny", supervised: "ask-unless-allowed", full: "allow" },
  execute: { readonly: "deny", supervised: "ask", full: "contained" },
  configure: { readonly: "deny", supervised: "ask", full: "ask" },
};

/** Reading a file that runs later by itself or tells models what to do. */
export const readActing: Readonly<Record<Autonomy, Cell>> = { readonly: "ask", supervised: "ask-unless-allowed", full: "allow" };

/** Reading a file that usually holds keys. */
export const readSecret: Readonly<Record<Autonomy, Cell>> = { readonly: "ask", supervised: "ask", full: "ask" };
