import type { CommandBody } from "../command-spec.ts";
import type { Terminal } from "../terminal.ts";
import { canAsk } from "../answer-asks.ts";
import { confirmErasing } from "../confirm-erasing.ts";
import { exitCodes } from "../exit-codes.ts";
import { needSession, noSession, toGivenSession, viewSession } from "./sessions.ts";
import { runText } from "./run.ts";
import { toSessionText } from "../render/session-text.ts";
import { withRuntime } from "../open-runtime.ts";

/** Turns that `resume` shows where no limit is given. */
const resumedTurns = 5;

/** `omni sessions reset`: the window is emptied, the transcript stays. */
export const resetSession: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "sessions" }, async ({ runtime }) => {
    const sessionId = toGivenSession(call);
    await needSession(sessionId, runtime);
    const newest = (await runtime.store.slots(sessionId, 1)).at(-1);
    if (newest !== undefined) await runtime.store.release(sessionId, newest.turnId);
    await tell({ sessionId, reset: true }, `${sessionId} starts afresh with its next message; its transcript stays.`, call.has("json"), context.terminal);
    return exitCodes.done;
  });

/** `omni sessions resume`: where it stands, or a turn in it. */
export const resumeSession: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "run" }, async (opened) => {
    const { terminal } = context;
    const sessionId = toGivenSession(call);
    const text = call.operands.slice(1).join(" ");
    if (text !== "") {
      await needSession(sessionId, opened.runtime);
      return runText({ text, sessionId, interactive: canAsk(terminal) }, call, context, { config: opened.config, turns: opened.runtime });
    }
    const view = await viewSession(sessionId, call.number("limit") ?? resumedTurns, opened);
    if (call.has("json")) await terminal.output.write(`${JSON.stringify(view)}\n`);
    else {
      await terminal.output.write(toSessionText(view, terminal.output.columns));
      await terminal.errors.write(`Go on with: omni sessions resume ${toShellWord(sessionId)} "…"\n`);
    }
    return exitCodes.done;
  });

/** `omni sessions delete`: asked for twice, by the flag or by the person. */
export const deleteSession: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "sessions" }, async ({ runtime }) => {
    const { terminal } = context;
    const sessionId = toGivenSession(call);
    await needSession(sessionId, runtime);
    if (!call.has("yes") && !(await confirmErasing(`Erase ${sessionId} for good? [y]es / [n]o: `, terminal))) {
      await terminal.errors.write("Nothing was erased.\n");
      return exitCodes.failed;
    }
    if (!(await runtime.deleteSession(sessionId))) throw noSession(sessionId);
    await tell({ sessionId, deleted: true }, `${sessionId} was erased.`, call.has("json"), terminal);
    return exitCodes.done;
  });

async function tell(value: object, text: string, isJson: boolean, { output, errors }: Terminal): Promise<void> {
  if (isJson) await output.write(`${JSON.stringify(value)}\n`);
  else await errors.write(`${text}\n`);
}

function toShellWord(text: string): string {
  return /^[\w:.@/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
