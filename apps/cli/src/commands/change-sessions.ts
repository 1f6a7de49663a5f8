import type { CommandBody, CommandCall, CommandContext } from "../command-spec.ts";
import type { Terminal } from "../terminal.ts";
import { canAsk } from "../answer-asks.ts";
import { composeRuntime, withRuntime } from "../open-runtime.ts";
import { exitCodes } from "../exit-codes.ts";
import { needSession, toGivenSession, viewSession } from "./sessions.ts";
import { prepareCommand } from "../prepare-command.ts";
import { runText } from "./run.ts";
import { toSessionText } from "../render/session-text.ts";
import { withTurns } from "../open-turns.ts";

/** Turns that `resume` shows where no limit is given. */
const resumedTurns = 5;

/** `omni sessions reset`: the next turn sees nothing of those before, the transcript stays. */
export const resetSession: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "sessions" }, async ({ runtime }) => {
    const sessionId = toGivenSession(call);
    await needSession(sessionId, runtime);
    await runtime.resetSession(sessionId);
    await tell({ sessionId, reset: true }, `${sessionId} starts afresh with its next message; its transcript stays.`, call.has("json"), context.terminal);
    return exitCodes.done;
  });

/** `omni sessions resume`: where it stands, or a turn in it. */
export const resumeSession: CommandBody = async (call, context) => {
  const text = call.operands.slice(1).join(" ");
  return text === "" ? showStanding(call, context) : goOn(text, call, context);
};

function showStanding(call: CommandCall, context: CommandContext): Promise<number> {
  return withRuntime(call, context, { kind: "sessions" }, async (opened) => {
    const { terminal } = context;
    const sessionId = toGivenSession(call);
    const view = await viewSession(sessionId, call.number("limit") ?? resumedTurns, opened);
    if (call.has("json")) await terminal.output.write(`${JSON.stringify(view)}\n`);
    else {
      await terminal.output.write(toSessionText(view, terminal.output.columns));
      await terminal.errors.write(`Go on with: omni sessions resume ${toShellWord(sessionId)} "…"\n`);
    }
    return exitCodes.done;
  });
}

/** A turn as `omni run` has it: in the gateway where one runs. */
async function goOn(text: string, call: CommandCall, context: CommandContext): Promise<number> {
  const sessionId = toGivenSession(call);
  await needRecorded(sessionId, call, context);
  return withTurns(call, context, "run", (opened) => runText({ text, sessionId, interactive: canAsk(context.terminal) }, call, context, opened));
}

/** Looks for the session in the store alone, whoever then runs the turn: no tools, servers, memory and hooks are needed for that. Throws `session.not-found`. */
async function needRecorded(sessionId: string, call: CommandCall, context: CommandContext): Promise<void> {
  const prepared = await prepareCommand(call, context);
  const { servers: _servers, ...rest } = prepared.config;
  const { runtime, close } = await composeRuntime({ ...prepared, config: { ...rest, tools: {}, hooks: [], memory: false } }, context, "sessions");
  await needSession(sessionId, runtime).finally(close);
}

async function tell(value: object, text: string, isJson: boolean, { output, errors }: Terminal): Promise<void> {
  if (isJson) await output.write(`${JSON.stringify(value)}\n`);
  else await errors.write(`${text}\n`);
}

function toShellWord(text: string): string {
  return /^[\w:.@/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
