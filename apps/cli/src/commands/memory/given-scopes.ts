import type { Memory, MemoryScope, ScopeReference } from "@omni/core";
import { OmniError } from "@omni/core";
import { toSessionId } from "@omni/runtime";
import type { CommandCall, CommandContext } from "../../command-spec.ts";
import { toRepeated } from "../mcp/repeated-flag.ts";

const names: readonly MemoryScope[] = ["session", "user", "agent", "global"];

/** Where a command is to look: in what `--session` and `--scope` name, else everywhere. Throws `usage.invalid`. */
export async function toGivenScopes(call: CommandCall, { terminal }: CommandContext, memory: Memory): Promise<readonly ScopeReference[]> {
  const session = call.text("session");
  const named = call.text("scope") === undefined ? [] : toRepeated(terminal.arguments, "scope").map(toScopeReference);
  const given = [...(session === undefined ? [] : [{ scope: "session", owner: toSessionId(session, "cli") } as const]), ...named];
  if (given.length > 0) return given;
  const all = await memory.scopes?.();
  if (all === undefined) throw new OmniError("usage.invalid", "This memory cannot say where it keeps what; name a place with --session ID or --scope user:owner.");
  return all;
}

/** `user:owner`, as people write a scope. */
export function toScopeName({ scope, owner }: ScopeReference): string {
  return `${scope}:${owner}`;
}

/** Throws `usage.invalid`. */
export function toScopeReference(text: string): ScopeReference {
  const [name = "", ...rest] = text.split(":");
  const scope = names.find((each) => each === name);
  const owner = rest.join(":");
  if (scope !== undefined && owner !== "") return { scope, owner };
  throw new OmniError("usage.invalid", `--scope takes SCOPE:OWNER, such as user:owner, with SCOPE one of ${names.join(", ")}; ${JSON.stringify(text.slice(0, 80))} is none.`);
}
