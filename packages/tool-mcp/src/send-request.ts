import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Progress } from "@modelcontextprotocol/sdk/types.js";
import type { Clock, JsonObject } from "@omni/core";
import { z } from "zod";
import type { RequestOptions } from "./connection.ts";
import { isJsonObject } from "./json-shape.ts";
import { RequestFailure, toRequestFailure } from "./request-failure.ts";

/** Results are taken as they come: one odd tool or block must not cost the others. */
const anyResult: z.ZodObject<Record<never, never>, z.core.$loose> = z.looseObject({});

/** Longest timer there is: the SDK's own timers are not the host's, so they are put out of the way. */
const never = 2_147_483_647;

/** What a request is sent over. */
export interface RequestLine {
  readonly client: Client;
  readonly clock: Clock;
  readonly isOpen: () => boolean;
  /** Why it is not open any more, where that is known. */
  readonly reason: () => string | undefined;
}

/** Sends one request with a signal of its own, and tells the server when nobody waits for it any more. */
export async function sendRequest(line: RequestLine, call: { readonly method: string; readonly params: JsonObject }, options: RequestOptions): Promise<JsonObject> {
  if (options.signal.aborted) throw new RequestFailure("aborted", "it was stopped before it was sent");
  const controller = new AbortController();
  let given: "timeout" | "aborted" | undefined;
  const give = (fate: "timeout" | "aborted") => (): void => {
    given ??= fate;
    controller.abort(fate === "timeout" ? "no answer in time" : "stopped");
  };
  const abort = give("aborted");
  const expire = give("timeout");
  options.signal.addEventListener("abort", abort, { once: true });
  let callOff = line.clock.after(options.timeoutMs, expire);
  const onprogress = (progress: Progress): void => {
    callOff();
    callOff = line.clock.after(options.timeoutMs, expire);
    options.onProgress?.(toProgressText(progress));
  };
  try {
    const result: unknown = await line.client.request(call, anyResult, { signal: controller.signal, timeout: never, ...(options.onProgress === undefined ? {} : { onprogress }) });
    if (isJsonObject(result)) return result;
    throw new RequestFailure("malformed", "its answer is no object");
  } catch (error) {
    if (given === "timeout") throw new RequestFailure("timeout", `no answer within ${Math.round(options.timeoutMs / 1_000)} s`);
    if (given === "aborted") throw new RequestFailure("aborted", "it was stopped");
    throw toRequestFailure(error, { isOpen: line.isOpen(), reason: line.reason() });
  } finally {
    callOff();
    options.signal.removeEventListener("abort", abort);
  }
}

function toProgressText({ progress, total, message }: Progress): string {
  const count = total === undefined ? String(progress) : `${progress} of ${total}`;
  return message === undefined || message === "" ? count : `${message} (${count})`;
}
