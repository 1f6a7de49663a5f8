import type { ServerResponse } from "node:http";
import { FrameResponse, TextResponse } from "./responses.ts";

/**
 * Sends a response whose content is at hand as it is; false, and nothing was
 * sent, for any other. The general bridge reads every body as a stream of the
 * web platform, which takes longer than all the rest of an answer, and holds
 * the first frame of a stream back for a moment to see whether more comes.
 */
export async function sendDirectly(response: Response, outgoing: ServerResponse): Promise<boolean> {
  const headers = Object.fromEntries(response.headers);
  if (response instanceof TextResponse) {
    outgoing.writeHead(response.status, { ...headers, "content-length": Buffer.byteLength(response.content) });
    outgoing.end(response.content);
    return true;
  }
  if (!(response instanceof FrameResponse)) return false;
  outgoing.writeHead(response.status, headers);
  outgoing.flushHeaders();
  await sendFrames(response, outgoing);
  return true;
}

/** The reader sets the pace; what comes after it has gone is not made. */
async function sendFrames({ frames, leave, dropped }: FrameResponse, outgoing: ServerResponse): Promise<void> {
  let wake: (() => void) | undefined;
  const more = (): void => wake?.();
  const drop = (): void => {
    outgoing.destroy();
    more();
  };
  outgoing.on("drain", more);
  dropped.addEventListener("abort", drop, { once: true });
  outgoing.once("close", () => {
    leave();
    more();
  });
  if (outgoing.destroyed) leave();
  try {
    for await (const frame of frames) {
      if (outgoing.destroyed) break;
      if (!outgoing.write(frame)) await new Promise<void>((resolve) => (wake = resolve));
    }
    outgoing.end();
  } catch (error) {
    outgoing.destroy();
    throw error;
  } finally {
    outgoing.off("drain", more);
    dropped.removeEventListener("abort", drop);
  }
}
