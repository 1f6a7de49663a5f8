import type { Clock, JsonObject } from "@omni/core";
import type { Connection, RequestOptions } from "./connection.ts";
import { isJsonObject, toWords } from "./json-shape.ts";
import { RequestFailure } from "./request-failure.ts";

/** How long a server is asked to keep a finished task, milliseconds. */
const keepMs = 600_000;

/** How often a task is asked after, where the server wishes nothing or too much; milliseconds. */
const pollMs = 1_000;
const shortestPollMs = 100;
const longestPollMs = 10_000;

/** Time a server has to take note of a task nobody wants any more, milliseconds. */
const cancelMs = 5_000;

/**
 * Calls a tool that the protocol lets be called as a task only: the call gives
 * a task, which is asked after until it is done, and then for its result. Once
 * the task is there, whatever fails leaves its fate unknown.
 */
export async function requestAsTask(connection: Connection, params: JsonObject, options: RequestOptions, clock: Clock): Promise<JsonObject> {
  const created = await connection.request("tools/call", { ...params, task: { ttl: keepMs } }, options);
  const task = created["task"];
  const taskId = isJsonObject(task) ? toWords(task["taskId"]) : undefined;
  if (taskId === undefined) return created;
  try {
    await untilDone(connection, taskId, options, clock);
  } catch (error) {
    void connection.request("tasks/cancel", { taskId }, { signal: new AbortController().signal, timeoutMs: cancelMs }).catch(() => undefined);
    throw toLost(error, "unsent", "answered");
  }
  return await connection.request("tasks/result", { taskId }, options).catch((error: unknown) => {
    throw toLost(error, "unsent");
  });
}

async function untilDone(connection: Connection, taskId: string, { onProgress, ...options }: RequestOptions, clock: Clock): Promise<void> {
  for (let told: string | undefined; ; ) {
    const { status, statusMessage, pollInterval } = await connection.request("tasks/get", { taskId }, options);
    if (status === "completed" || status === "failed") return;
    if (status !== "working") throw new RequestFailure("malformed", status === "input_required" ? "it asks the person for input, which tools of this server cannot do here" : `its task is ${String(status)}`);
    const words = toWords(statusMessage);
    if (words !== undefined && words !== told) onProgress?.(words);
    told = words;
    const wait = typeof pollInterval === "number" ? pollInterval : pollMs;
    await clock.sleep(Math.min(longestPollMs, Math.max(shortestPollMs, wait)), options.signal).catch(() => {
      throw new RequestFailure("aborted", "it was stopped");
    });
  }
}

function toLost(error: unknown, ...fates: readonly string[]): unknown {
  if (!(error instanceof RequestFailure) || !fates.includes(error.fate)) return error;
  return new RequestFailure("lost", error.message, { isFinal: error.isFinal, cause: error });
}
