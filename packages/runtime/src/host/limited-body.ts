import { OmniError } from "@omni/core";
import type { EgressDeadline } from "./egress-deadline.ts";
import { toShownUrl } from "./egress-target.ts";

/** What bounds a body. */
export interface BodyLimits {
  readonly url: URL;
  readonly maxBytes: number;
  readonly deadline: EgressDeadline;
}

/** The response with its body counted and timed; a body that says it is too large is refused unread. */
export function withLimits(response: Response, limits: BodyLimits): Response {
  const stated = Number(response.headers.get("content-length") ?? 0);
  if (stated > limits.maxBytes) {
    void response.body?.cancel().catch(() => undefined);
    throw toTooLarge(limits);
  }
  if (response.body === null) {
    limits.deadline.clear();
    return response;
  }
  const limited = new Response(countBody(response.body, limits), { status: response.status, statusText: response.statusText, headers: response.headers });
  Object.defineProperty(limited, "url", { value: response.url });
  Object.defineProperty(limited, "redirected", { value: response.redirected });
  return limited;
}

function countBody(body: ReadableStream<Uint8Array>, limits: BodyLimits): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let count = 0;
  const stop = async (error: unknown): Promise<void> => {
    limits.deadline.clear();
    await reader.cancel(error).catch(() => undefined);
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          limits.deadline.clear();
          controller.close();
          return;
        }
        count += value.length;
        if (count > limits.maxBytes) throw toTooLarge(limits);
        controller.enqueue(value);
      } catch (error) {
        const shown = limits.deadline.reason() ?? error;
        await stop(shown);
        controller.error(shown);
      }
    },
    cancel: stop,
  });
}

function toTooLarge(limits: BodyLimits): OmniError {
  return new OmniError("egress.too-large", `The answer of ${toShownUrl(limits.url)} is larger than ${limits.maxBytes} bytes; it was cut off.`);
}
