import type { Autonomy } from "@omni/core";
import type { Config, SystemHost } from "@omni/runtime";
import type { CommandCall, CommandContext } from "./command-spec.ts";
import type { OpenRuntime } from "./open-runtime.ts";
import type { PreparedCommand } from "./prepare-command.ts";
import type { TurnService } from "./turn-service.ts";
import { exitCodes } from "./exit-codes.ts";
import { findGateway } from "./find-gateway.ts";
import { prepareCommand, tellWarnings } from "./prepare-command.ts";

/** What a command runs its turns with. */
export interface OpenTurns {
  readonly config: Config;
  readonly turns: TurnService;
  readonly host: SystemHost;
  /** An id that no other is equal to. */
  newId(): string;
}

/**
 * Runs the body with the gateway of the home where one runs, else with a
 * runtime of this process, and frees what was opened however the body ends.
 * Nothing of the runtime is composed as long as the gateway takes the messages.
 */
export async function withTurns<Result>(call: CommandCall, context: CommandContext, kind: string, body: (opened: OpenTurns) => Promise<Result>): Promise<Result> {
  const prepared = await prepareCommand(call, context);
  const { config, host } = prepared;
  let opening: Promise<OpenRuntime> | undefined;
  const open = (): Promise<OpenRuntime> => (opening ??= compose(prepared, context, kind));
  try {
    const turns = await chooseTurns(prepared, context, open);
    await tellWarnings(prepared, call, context);
    const result = await body({ config, turns, host, newId: () => host.random.id() });
    // Who has asked for the end wants it now.
    if (!Object.is(result, exitCodes.cancelled)) await (await opening?.catch(() => undefined))?.rest();
    return result;
  } finally {
    // One that could not be opened has freed what it had, and whoever wanted it was told.
    await closeThough(context, async () => (await opening?.catch(() => undefined))?.close());
  }
}

/** A window that is closed ends the input first, so its signal may come when all is being freed already, and then changes nothing. Any other ends the process at once. */
async function closeThough({ terminal }: CommandContext, close: () => Promise<void>): Promise<void> {
  const forget = terminal.onSignal((signal) => {
    if (signal !== "SIGHUP") terminal.leave(exitCodes.cancelled);
  });
  await close().finally(forget);
}

async function compose(prepared: PreparedCommand, context: CommandContext, kind: string): Promise<OpenRuntime> {
  const { composeRuntime } = await import("./open-runtime.ts");
  return composeRuntime(prepared, context, kind);
}

async function chooseTurns({ config, host }: PreparedCommand, { terminal }: CommandContext, open: () => Promise<OpenRuntime>): Promise<TurnService> {
  const find = (): ReturnType<typeof findGateway> => findGateway(config.paths.state, terminal);
  const client = await find();
  if (client === undefined) return (await open()).runtime;
  const { createJoinedTurns } = await import("./joined-turns.ts");
  const autonomy = toAutonomy(config);
  return createJoinedTurns({ client, find, openLocal: async () => (await open()).runtime, newId: () => host.random.id(), after: terminal.after, ...(autonomy === undefined ? {} : { autonomy }) });
}

/** How far turns may go as this command's own environment and file say it: a gateway that was started under another must not widen that. */
function toAutonomy({ policy }: Config): Autonomy | undefined {
  const { autonomy } = policy.with;
  return autonomy === "readonly" || autonomy === "supervised" || autonomy === "full" ? autonomy : undefined;
}
