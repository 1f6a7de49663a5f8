import type { ServerResponse } from "node:http";
import { once } from "node:events";
import type { Chunking, FakeOpenAIReply, ReplyPoint } from "./openai-server-reply.ts";
import type { WireReply } from "./openai-server-wire.ts";
import { createCountingRandom } from "./counting-random.ts";

/** Sends a reply, holding it where it says so, until it is sent, cut, or the client has left. */
export async function sendReply(response: ServerResponse, reply: FakeOpenAIReply, wire: WireReply, pass: (name: string) => Promise<void>): Promise<void> {
  const hold = async (point: ReplyPoint): Promise<void> => {
    if (reply.barrier !== undefined && (reply.barrierAt ?? "before") === point) await pass(reply.barrier);
    if (reply.stall === point) await gone(response);
    if (reply.cutAt === point) response.destroy();
  };
  await hold("before");
  if (response.destroyed) return;
  response.writeHead(wire.status, wire.headers);
  response.flushHeaders();
  if (reply.endless !== undefined) return await sendEndless(response, reply.endless);
  const [first, middle, end] = wire.parts;
  let sent = 0;
  const limit = Math.min(reply.cutAfterBytes ?? Infinity, reply.endAfterBytes ?? Infinity);
  const send = async (bytes: Uint8Array): Promise<void> => {
    const allowed = bytes.subarray(0, Math.max(0, limit - sent));
    sent += allowed.length;
    for (const chunk of toChunks(allowed, reply.chunking ?? "whole")) await write(response, chunk);
  };
  await send(first);
  await hold("after-first");
  await send(middle);
  await hold("before-end");
  await send(end);
  if (response.destroyed) return;
  if (reply.cutAfterBytes !== undefined) response.destroy();
  else response.end();
}

/** Resolves when the bytes were handed to the operating system, so that a cut after them does not swallow them. */
async function write(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  if (response.destroyed || chunk.length === 0) return;
  await new Promise<void>((resolve) => response.write(chunk, () => resolve()));
}

async function sendEndless(response: ServerResponse, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text.repeat(Math.max(1, Math.ceil(65_536 / text.length))));
  const left = gone(response);
  while (!response.destroyed) {
    if (!response.write(bytes)) await Promise.race([once(response, "drain"), left]);
  }
}

/** Resolves when the connection is closed. */
function gone(response: ServerResponse): Promise<void> {
  return response.destroyed ? Promise.resolve() : new Promise((resolve) => response.once("close", resolve));
}

function toChunks(bytes: Uint8Array, chunking: Chunking): readonly Uint8Array[] {
  if (chunking === "whole") return [bytes];
  const size = toSizes(chunking);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + size();
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

function toSizes(chunking: Exclude<Chunking, "whole">): () => number {
  if (chunking === "bytes") return () => 1;
  if ("size" in chunking) return () => Math.max(1, chunking.size);
  const random = createCountingRandom(chunking.seed);
  return () => 1 + Math.floor(random.next() * 40);
}
