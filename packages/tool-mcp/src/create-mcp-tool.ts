import type { Host, Toolset } from "@omni/core";
import type { CallParts } from "./call-server.ts";
import type { ConnectionParts } from "./connection.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { McpServerStatus } from "./server-status.ts";
import type { McpToolOptions } from "./mcp-tool-options.ts";
import type { OfferedTools } from "./offered-tools.ts";
import type { ServerLife, ServerState } from "./server-life.ts";
import { createDiagnosis } from "./diagnosis.ts";
import { createOfferedTools } from "./offered-tools.ts";
import { createServerLife } from "./server-life.ts";
import { createToolListing } from "./tool-listing.ts";
import { registerSecrets } from "./server-secrets.ts";
import { toServerOwner } from "./server-owner.ts";
import { toServerStatus } from "./server-status.ts";

/** The tools of one server, with how it does. */
export interface McpToolset extends Toolset {
  status(): McpServerStatus;
}

/**
 * The tools of one MCP server, named `NAME.tool`. It returns at once and
 * connects when it is first asked to be ready: `tools` is empty until the server has answered,
 * and a server that never does costs its own tools only. Resources and prompts
 * come as `NAME.resource-list`, `resource-read`, `prompt-list`, `prompt-get`.
 */
export function createMcpTool(options: McpToolOptions, host: Host): McpToolset {
  const { owner, warning } = toServerOwner(options.name, []);
  const diagnosis = createDiagnosis((text) => host.secrets.redact(text));
  if (warning !== undefined) host.log.warn(warning);
  registerSecrets(options, host);
  // The tools call the server that is made from their list: the knot is tied by looking it up late.
  const call: CallParts = { server: owner, timeoutMs: options.timeoutMs, clock: host.clock, life: () => life };
  const offered = createOfferedTools({ owner, call, ...(options.allow === undefined ? {} : { allow: options.allow }) });
  const listing = createToolListing({ owner, clock: host.clock, log: host.log, diagnosis, offered, current: () => life.connection });
  const parts: ConnectionParts = { options, host, diagnosis };
  const first = Promise.withResolvers<void>();
  const life: ServerLife = createServerLife({
    name: owner,
    isDisabled: options.disabled,
    clock: host.clock,
    random: host.random,
    open: async (events, signal) => (await import("./open-connection.ts")).openConnection(parts, events, signal),
    greet: listing.read,
    toolsChanged: listing.schedule,
    stateChanged: (state, reason) => {
      tell(state, reason, { owner, host, diagnosis, offered });
      if (state !== "connecting") first.resolve();
    },
    ...(options.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: options.idleTimeoutMs }),
  });
  if (options.disabled) first.resolve();
  let isStarted = false;
  return {
    owner,
    trusted: options.trusted,
    ready() {
      if (!isStarted) life.start();
      isStarted = true;
      return first.promise;
    },
    tools: offered.list,
    onChange: offered.onChange,
    status: () => toServerStatus(owner, offered.list().length, life, diagnosis.read()),
    async close() {
      offered.close();
      listing.close();
      await life.close();
    },
  };
}

interface ServerParts {
  readonly owner: string;
  readonly host: Host;
  readonly diagnosis: Diagnosis;
  readonly offered: OfferedTools;
}

/** A server that is broken or closed has no tools; one that is away for a moment keeps them, and calls wait for it. */
function tell(state: ServerState, reason: string | undefined, { owner, host, diagnosis, offered }: ServerParts): void {
  if (state === "broken" || state === "closed") offered.show(false);
  if (reason === undefined) return;
  diagnosis.error(reason);
  host.log.warn("an MCP server is not there", { server: owner, state, reason });
}
