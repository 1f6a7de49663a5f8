import type { CommandBody } from "../command-spec.ts";
import { createCancellation } from "../cancellation.ts";
import { exitCodes } from "../exit-codes.ts";
import { serveLines } from "../serve-lines.ts";
import { toTurnSettings } from "../turn-settings.ts";
import { withTurns } from "../open-turns.ts";

/** `omni stdio`. Nobody can be asked: stdin carries messages and stdout answers only. */
export const stdio: CommandBody = (call, context) =>
  withTurns(call, context, "stdio", async ({ turns, config }) => {
    const { terminal } = context;
    const cancellation = createCancellation(terminal);
    const template = { sessionId: call.text("session") ?? "stdio:default", origin: "stdio", interactive: false, ...toTurnSettings(call, config) };
    try {
      await serveLines({ turns, terminal, isJson: call.has("json"), template, cancellation });
      return cancellation.isAsked ? exitCodes.cancelled : exitCodes.done;
    } finally {
      cancellation.close();
    }
  });
