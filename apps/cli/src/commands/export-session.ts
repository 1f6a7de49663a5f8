import { readTurnViews } from "@omni/runtime";
import type { CommandBody } from "../command-spec.ts";
import { exitCodes } from "../exit-codes.ts";
import { needSession, toGivenSession } from "./sessions.ts";
import { toTurnMarkdown } from "../render/session-text.ts";
import { withRuntime } from "../open-runtime.ts";

/** `omni sessions export`: turn after turn, so that a long session needs little memory. */
export const exportSession: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "sessions" }, async ({ runtime }) => {
    const { output } = context.terminal;
    const sessionId = toGivenSession(call);
    await needSession(sessionId, runtime);
    const isMarkdown = call.text("format") === "markdown" && !call.has("json");
    if (isMarkdown) await output.write(`# ${sessionId}\n\n`);
    for await (const turn of readTurnViews(runtime.store, sessionId)) {
      if (output.failure !== undefined) break;
      await output.write(isMarkdown ? `${toTurnMarkdown(turn)}\n` : `${JSON.stringify({ sessionId, ...turn })}\n`);
    }
    return exitCodes.done;
  });
