import type { JsonObject } from "@omni/core";
import type { CommandBody, CommandCall, CommandContext } from "../command-spec.ts";
import type { OpenRuntime } from "../open-runtime.ts";
import { createCancellation } from "../cancellation.ts";
import { exitCodes } from "../exit-codes.ts";
import { openRuntime } from "../open-runtime.ts";
import { owner } from "../owner.ts";
import { reportError, toErrorLine } from "../report-error.ts";
import { serveLines } from "../serve-lines.ts";

/** `omni gateway`. The first signal lets running turns end, the second does not wait. */
export const gateway: CommandBody = async (call, context) => {
  const { terminal, version } = context;
  const [{ keepMemorySteady, serveGateway }, opened] = await Promise.all([import("@omni/gateway"), openRuntime(call, context, { kind: "gateway", overrides: toOverrides(call) })]);
  keepMemorySteady();
  const { runtime, config, host } = opened;
  const warn = (warning: string): void => void (call.has("quiet") || terminal.errors.write(`${toErrorLine("warning", warning)}\n`));
  const ending = Promise.withResolvers<void>();
  let isEnding = false;
  try {
    const served = await serveGateway({ runtime, config, clock: host.clock, pid: terminal.pid, version, publicHosts: toList(call.text("public-host")), warn });
    terminal.onSignal(() => {
      if (isEnding) return terminal.leave(exitCodes.cancelled);
      isEnding = true;
      ending.resolve();
    });
    await announce(served.url, call, context, opened);
    if (call.has("stdio")) void alsoServeLines(call, context, opened);
    await Promise.race([ending.promise, served.closed]);
    await served.close();
    return exitCodes.done;
  } finally {
    await opened.close();
  }
};

function toList(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").map((each) => each.trim()).filter((each) => each !== "");
}

function toOverrides(call: CommandCall): JsonObject {
  const [host, port] = [call.text("host"), call.number("port")];
  if (host === undefined && port === undefined) return {};
  return { gateway: { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) } };
}

/** Says where it listens: for programs as the first line of stdout, for people on stderr, where it cannot be mistaken for an answer. */
async function announce(url: string, call: CommandCall, { terminal }: CommandContext, { config }: OpenRuntime): Promise<void> {
  const { home } = config.paths;
  if (call.has("json")) await terminal.output.write(`${JSON.stringify({ url, pid: terminal.pid, home })}\n`);
  else await terminal.errors.write(`omni listens on ${url} (pid ${terminal.pid}, home ${home}); Ctrl+C stops it.\n`);
}

/** Messages from stdin on the same runtime. The end of the input ends nothing else. */
async function alsoServeLines(call: CommandCall, { terminal }: CommandContext, { runtime, config }: OpenRuntime): Promise<void> {
  const template = { sessionId: "stdio:default", origin: "stdio", interactive: false, principal: owner, workspace: config.paths.workspace };
  // The signals are the gateway's: running turns end by its drain, so nothing is cancelled here.
  const never = createCancellation({ ...terminal, onSignal: () => () => undefined });
  try {
    await serveLines({ turns: runtime, terminal, isJson: call.has("json"), template, cancellation: never });
  } catch (error) {
    await reportError(error, terminal, false);
  }
}
