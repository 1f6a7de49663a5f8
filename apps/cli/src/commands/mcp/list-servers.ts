import type { ListedServer } from "@omni/preset-default";
import type { CommandBody } from "../../command-spec.ts";
import type { EffectiveServers } from "./effective-servers.ts";
import { exitCodes } from "../../exit-codes.ts";
import { readEffectiveServers } from "./effective-servers.ts";
import { toErrorLine } from "../../report-error.ts";
import { toTable } from "../../render/table.ts";

/** Where a file was found, for people. */
const origins: Readonly<Record<EffectiveServers["origin"], string>> = { home: "the home's", flag: "named by --mcp-config", workspace: "this folder's, which is trusted" };

/** `omni mcp servers list`: starts nothing and shows no secret. */
export const listServers: CommandBody = async (call, context) => {
  const { output, errors } = context.terminal;
  const { servers, path, origin } = await readEffectiveServers(call, context);
  if (call.has("json")) {
    await output.write(`${JSON.stringify({ path, origin, servers: servers.map(toView) })}\n`);
    return exitCodes.done;
  }
  if (servers.length === 0) await errors.write(`There are no servers in ${path}; omni mcp servers add NAME -- COMMAND adds one.\n`);
  else {
    await output.write(toTable(["NAME", "STATE", "TRANSPORT", "TARGET", "GIVEN"], servers.map(toRow), output.columns));
    await output.write(`from ${path} (${origins[origin]})\n`);
  }
  for (const fault of servers.flatMap((server) => server.faults)) await errors.write(`${toErrorLine("warning", fault)}\n`);
  return exitCodes.done;
};

function toRow({ name, state, transport, target, env, headers, trusted }: ListedServer): readonly string[] {
  return [name, trusted ? `${state}, trusted` : state, transport ?? "", target, [...env, ...headers].join(" ")];
}

function toView({ name, owner, state, transport, target, trusted, env, headers, faults, secrets }: ListedServer): object {
  return { name, owner, state, transport, target, trusted, env, headers, faults, secrets };
}
