import { resolve } from "node:path";
import { OmniError } from "@omni/core";
import { createRegistry, restoreState } from "@omni/runtime";
import { table } from "@omni/preset-default";
import type { RestoredState } from "@omni/runtime";
import type { CommandBody, CommandContext } from "../../command-spec.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookForGateway } from "../../find-gateway.ts";
import { prepareCommand, tellWarnings, toConfigRequest } from "../../prepare-command.ts";
import { stoppable } from "./stoppable.ts";

/** `omni state restore`. */
export const restore: CommandBody = async (call, context) => {
  const { terminal, version } = context;
  const prepared = await prepareCommand(call, context);
  const { config, host } = prepared;
  const [given = ""] = call.operands;
  const tell = (step: string): void => void (call.has("quiet") || terminal.errors.write(`${step}\n`));
  try {
    if (call.has("force")) await refuseBesideGateway(config.paths.state, context);
    const what = { config, host, registry: createRegistry(table), request: toConfigRequest(call, context), file: resolve(config.cwd, given), keepConfig: call.has("keep-config"), force: call.has("force") };
    const restored = await stoppable(terminal, (signal) => restoreState({ ...what, version, pid: terminal.pid, signal, tell }));
    await tellWarnings(prepared, call, context);
    if (call.has("json")) await terminal.output.write(`${JSON.stringify(toAnswer(restored))}\n`);
    else await terminal.errors.write(toText(restored));
    return exitCodes.done;
  } finally {
    await host.close();
  }
};

/** A damaged store can tell nobody that a gateway holds it; a gateway that lives has its socket, also where it takes no messages because of that damage. */
async function refuseBesideGateway(state: string, { terminal }: CommandContext): Promise<void> {
  const sight = await lookForGateway(state, terminal);
  if (sight.kind === "ready") sight.client.close();
  if (sight.kind !== "none") throw new OmniError("home.held", "A gateway of this home runs; stop it first.");
}

function toAnswer({ manifest, before, settled }: RestoredState): object {
  return { createdAt: manifest.createdAt, omni: manifest.omni, before, failedTurns: settled.turns, unknownMessages: settled.messages };
}

function toText({ manifest, before, settled }: RestoredState): string {
  const lines = [
    `The home is as it was at ${manifest.createdAt}.`,
    before === null ? "There was nothing in it before." : `What was in it before is in ${before}; remove that when you are sure.`,
    settled.turns === 0 ? "" : `Turns that had not ended then, failed now and not run again: ${settled.turns}.`,
    settled.messages === 0 ? "" : `Messages that were on their way then, not sent again: ${settled.messages}.`,
    "Tokens, permissions and sessions that were taken back since are there again: omni tokens list shows the tokens.",
  ];
  return lines.filter((line) => line !== "").map((line) => `${line}\n`).join("");
}
