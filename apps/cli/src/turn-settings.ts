import { resolve } from "node:path";
import type { Config, IncomingMessage } from "@omni/runtime";
import type { CommandCall } from "./command-spec.ts";
import { owner } from "./owner.ts";

/** How a turn may run, from the flags of the command. It works where the flag says, else the configuration, else in the current folder. */
export function toTurnSettings(call: CommandCall, config: Config): Pick<IncomingMessage, "workspace" | "autonomy" | "model" | "limits" | "principal"> {
  const [workspace, autonomy, model] = [call.text("workspace"), call.text("autonomy"), call.text("model")];
  const [maxRounds, seconds] = [call.number("max-rounds"), call.number("timeout")];
  return {
    principal: owner,
    workspace: workspace === undefined ? (config.workspace ?? config.cwd) : resolve(config.cwd, workspace),
    ...(autonomy === "readonly" || autonomy === "supervised" || autonomy === "full" ? { autonomy } : {}),
    ...(model === undefined ? {} : { model }),
    limits: {
      ...(maxRounds === undefined ? {} : { maxRounds }),
      ...(seconds === undefined ? {} : { timeoutMs: Math.max(1, Math.round(seconds * 1_000)) }),
    },
  };
}
