import type { Clock, JsonObject, ToolContext } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ServerLife } from "./server-life.ts";
import { requestAsTask } from "./request-as-task.ts";
import { RequestFailure } from "./request-failure.ts";

/** What calls of one server share. */
export interface CallParts {
  readonly server: string;
  readonly clock: Clock;
  readonly life: () => ServerLife;
  readonly timeoutMs: number;
}

/** One request of a call. */
export interface ServerCall {
  readonly method: string;
  readonly params: JsonObject;
  /** What the person called, for messages. */
  readonly tool: string;
  /** True where asking twice does no harm: a lost answer is then a failure like any other. */
  readonly isRead: boolean;
  /** True for a tool that can be called as a task only. */
  readonly isTask?: boolean;
}

/** What the server answered: a result, or an error in words. */
export type ServerAnswer = { readonly result: JsonObject } | { readonly refusal: string };

/**
 * Makes one call. It is sent at most once: when its answer is lost, none came
 * in time or nobody waits for it any more it throws `tool.unknown-fate` (for
 * a read `tool.failed`, `tool.timeout` or the reason it was stopped for), when
 * the server cannot be reached `tool.failed`.
 */
export async function callServer(call: ServerCall, context: Pick<ToolContext, "signal" | "progress">, parts: CallParts): Promise<ServerAnswer> {
  const progress = createProgress(context);
  try {
    const options = { signal: context.signal, timeoutMs: parts.timeoutMs, onProgress: progress.tell };
    const result = await parts.life().use(context.signal, (connection) =>
      call.isTask === true ? requestAsTask(connection, call.params, options, parts.clock) : connection.request(call.method, call.params, options),
    );
    return { result };
  } catch (error) {
    if (error instanceof RequestFailure && error.fate === "answered") return { refusal: error.message };
    throw error instanceof RequestFailure ? toCallError(error, call, context.signal, parts.server) : error;
  } finally {
    progress.stop();
  }
}

function toCallError(failure: RequestFailure, call: ServerCall, signal: AbortSignal, server: string): unknown {
  const { tool, isRead } = call;
  const cause = { cause: failure };
  const fate = isRead ? "" : " Whether it had its effect is unknown, and it was not sent again: check first, or ask the person.";
  switch (failure.fate) {
    case "aborted":
      return isRead ? signal.reason : new OmniError("tool.unknown-fate", `${tool} was stopped before the MCP server ${server} answered.${fate}`, cause);
    case "unsent":
      return new OmniError("tool.failed", `${tool} was not made: the MCP server ${server} cannot be reached (${failure.message}).`, { ...cause, retryable: true });
    case "timeout":
      return new OmniError(isRead ? "tool.timeout" : "tool.unknown-fate", `${tool}: the MCP server ${server} gave ${failure.message} and was told to stop.${fate}`, cause);
    case "malformed":
      return new OmniError("tool.failed", `${tool} was made, and the answer of the MCP server ${server} cannot be read: ${failure.message}.`, cause);
    default:
      return new OmniError(isRead ? "tool.failed" : "tool.unknown-fate", `${tool} was sent to the MCP server ${server} and its answer was lost: ${failure.message}.${fate}`, { ...cause, retryable: isRead });
  }
}

/** Tells the newest word of progress; what comes while one is being told is replaced by the next, so a flood costs nothing. */
function createProgress(context: Pick<ToolContext, "progress">): { readonly tell: (text: string) => void; readonly stop: () => void } {
  let next: string | undefined;
  let isTelling = false;
  const run = async (): Promise<void> => {
    isTelling = true;
    while (next !== undefined) {
      const text = next;
      next = undefined;
      await context.progress(text);
    }
  };
  return {
    tell(text) {
      next = text;
      // Nobody listens any more where it rejects: the call itself goes on.
      if (!isTelling) void run().then(() => undefined, () => undefined).finally(() => (isTelling = false));
    },
    stop: () => (next = undefined),
  };
}
