import { OmniError } from "@omni/core";
import type { Runtime, SessionView } from "@omni/runtime";
import { toLastTurn, toSessionId, toSessionLines, toSessionView } from "@omni/runtime";
import type { CommandBody, CommandCall } from "../command-spec.ts";
import type { OpenRuntime } from "../open-runtime.ts";
import { exitCodes } from "../exit-codes.ts";
import type { RequestBudget } from "../render/budget-text.ts";
import { toBudgetText } from "../render/budget-text.ts";
import { toSessionText } from "../render/session-text.ts";
import { toTable } from "../render/table.ts";
import { withRuntime } from "../open-runtime.ts";

/** Sessions that a list shows, and turns that a session shows, where no limit is given. */
const defaultSessions = 1_000;
const defaultTurns = 100;

/** `omni sessions list`. */
export const listSessions: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "sessions" }, async ({ runtime }) => {
    const { output } = context.terminal;
    const sessions = await toSessionLines(runtime.store, { limit: call.number("limit") ?? defaultSessions });
    if (call.has("json")) await output.write(`${JSON.stringify({ sessions })}\n`);
    else if (sessions.length === 0) await context.terminal.errors.write("There are no sessions yet.\n");
    else {
      const rows = sessions.map((each) => [each.sessionId, String(each.turns), String(each.toolCalls), each.updatedAt]);
      await output.write(toTable(["SESSION", "TURNS", "CALLS", "UPDATED"], rows, output.columns));
    }
    return exitCodes.done;
  });

/** `omni sessions show`. */
export const showSession: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "sessions" }, async (opened) => {
    const { output } = context.terminal;
    const view = await viewSession(toGivenSession(call), call.number("limit") ?? defaultTurns, opened);
    const budget = call.has("budget") ? await readBudget(view.sessionId, opened.runtime.store) : undefined;
    if (call.has("json")) await output.write(`${JSON.stringify({ ...view, ...(budget === undefined ? {} : { budget }) })}\n`);
    else await output.write(toSessionText(view, output.columns) + (budget === undefined ? "" : `\n${toBudgetText(budget, output.columns)}`));
    return exitCodes.done;
  });

/** What the newest request of a session to the model was made of; null where none was made. */
async function readBudget(sessionId: string, store: Runtime["store"]): Promise<RequestBudget | null> {
  const request = (await toLastTurn(sessionId, store))?.request;
  return request === undefined ? null : { estimatedTokens: request.estimatedTokens, budgetTokens: request.budgetTokens, classes: request.classes };
}

/** The session a command was given; one without a colon is one of the command line's own. */
export function toGivenSession(call: CommandCall): string {
  return toSessionId(call.operands[0] ?? "", "cli");
}

/** A session that must be there. Throws `session.not-found`. */
export async function viewSession(sessionId: string, turns: number, { runtime }: Pick<OpenRuntime, "runtime">): Promise<SessionView> {
  const view = await toSessionView(runtime.store, sessionId, { turns, windowCapacity: runtime.windowCapacity });
  if (view === undefined) throw noSession(sessionId);
  return view;
}

/** The error for a session nobody has spoken in. */
export function noSession(sessionId: string): OmniError {
  return new OmniError("session.not-found", `There is no session ${JSON.stringify(sessionId)}; omni sessions list shows those there are.`);
}

/** Throws `session.not-found` where there is none. */
export async function needSession(sessionId: string, runtime: Runtime): Promise<void> {
  if ((await runtime.store.session(sessionId)) === undefined) throw noSession(sessionId);
}
