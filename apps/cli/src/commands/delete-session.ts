import type { CommandBody, CommandCall, CommandContext } from "../command-spec.ts";
import { isOmniError } from "@omni/core";
import { composeRuntime } from "../open-runtime.ts";
import { confirmErasing } from "../confirm-erasing.ts";
import { exitCodes } from "../exit-codes.ts";
import { findGateway } from "../find-gateway.ts";
import { needSession, noSession, toGivenSession } from "./sessions.ts";
import { prepareCommand, tellWarnings } from "../prepare-command.ts";

/** Whoever erases sessions. */
interface Eraser {
  /** Throws `session.not-found` where there is none. */
  need(sessionId: string): Promise<void>;
  /** Throws `session.not-found`, `session.busy`. */
  erase(sessionId: string): Promise<void>;
  close(): Promise<void>;
}

/** `omni sessions delete`: asked for twice, by the flag or by the person. */
export const deleteSession: CommandBody = async (call, context) => {
  const { output, errors } = context.terminal;
  const sessionId = toGivenSession(call);
  const eraser = await chooseEraser(call, context);
  try {
    await eraser.need(sessionId);
    if (!call.has("yes") && !(await confirmErasing(`Erase ${sessionId} for good? [y]es / [n]o: `, context.terminal))) {
      await errors.write("Nothing was erased.\n");
      return exitCodes.failed;
    }
    await eraser.erase(sessionId);
    if (call.has("json")) await output.write(`${JSON.stringify({ sessionId, deleted: true })}\n`);
    else await errors.write(`${sessionId} was erased.\n`);
    return exitCodes.done;
  } finally {
    await eraser.close();
  }
};

/** The gateway of the home where one runs: it goes on with its turns while the store's file is written anew, and holds nothing of the session any more. Else this process. */
async function chooseEraser(call: CommandCall, context: CommandContext): Promise<Eraser> {
  const prepared = await prepareCommand(call, context);
  const client = await findGateway(prepared.config.paths.state, context.terminal);
  if (client === undefined) {
    const { runtime, close } = await composeRuntime(prepared, context, "sessions");
    await tellWarnings(prepared, call, context);
    const erase = async (sessionId: string): Promise<void> => {
      if (!(await runtime.deleteSession(sessionId))) throw noSession(sessionId);
    };
    return { need: (sessionId) => needSession(sessionId, runtime), erase, close };
  }
  await tellWarnings(prepared, call, context);
  return {
    need: async (sessionId) => void (await client.messages(sessionId, { limit: 1 }).catch((error: unknown) => toOwn(error, sessionId))),
    erase: async (sessionId) => void (await client.deleteSession(sessionId).catch((error: unknown) => toOwn(error, sessionId))),
    async close() {
      client.close();
      await prepared.host.close();
    },
  };
}

/** Throws what the gateway has answered, in the words of the command where it does not know the session. */
function toOwn(error: unknown, sessionId: string): never {
  throw isOmniError(error) && error.code === "session.not-found" ? noSession(sessionId) : error;
}
