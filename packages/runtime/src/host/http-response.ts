import { Readable } from "node:stream";
import { OmniError } from "@omni/core";
import type { HttpAnswer } from "./http-request.ts";
import { bodiless } from "./http-request.ts";
import { toShownUrl } from "./egress-target.ts";

/** Reason phrases that a response takes. */
const plainPhrase = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** An answer as the platform's fetch would give it: unpacked, so without what was said of the packed body. Throws `egress.failed` for a status that a response cannot have. */
export function toResponse(answer: HttpAnswer, url: URL, redirected: boolean): Response {
  if (answer.status < 200 || answer.status > 599) {
    answer.body.destroy();
    throw new OmniError("egress.failed", `${toShownUrl(url)} answered with HTTP status ${answer.status}, which is none that ends a request.`);
  }
  const hasBody = !bodiless.has(answer.status);
  if (!hasBody) answer.body.resume();
  const body = hasBody ? (Readable.toWeb(answer.body) as ReadableStream<Uint8Array>) : null;
  const response = new Response(body, { status: answer.status, statusText: plainPhrase.test(answer.statusText) ? answer.statusText : "" });
  for (let index = 0; index + 1 < answer.headers.length; index += 2) response.headers.append(answer.headers[index] ?? "", answer.headers[index + 1] ?? "");
  if (answer.packing === "unpacked") for (const name of ["content-encoding", "content-length"]) response.headers.delete(name);
  Object.defineProperty(response, "url", { value: url.href });
  Object.defineProperty(response, "redirected", { value: redirected });
  return response;
}
