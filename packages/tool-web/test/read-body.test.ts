import { describe, expect, it } from "vitest";
import { readBody } from "../src/read-body.ts";

/** A body of `pieces` pieces of 100 bytes, which tells when it is let go. */
function toResponse(pieces: number, gone: () => void = () => undefined, headers = {}): Response {
  let left = pieces;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      left -= 1;
      if (left < 0) controller.close();
      else controller.enqueue(new Uint8Array(100).fill(7));
    },
    cancel: gone,
  });
  return new Response(body, { headers });
}

const { signal } = new AbortController();

describe("readBody", () => {
  it("reads a short body whole, with the size that was stated", async () => {
    const body = await readBody(toResponse(3, undefined, { "content-length": "300" }), () => 300, signal);
    expect(body).toEqual({ bytes: new Uint8Array(300).fill(7), stated: 300 });
  });

  it("stops at the limit its first bytes call for, and lets the body go", async () => {
    let isGone = false;
    const heads: number[] = [];
    const toLimit = (head: Uint8Array): number => heads.push(head.length) && 1_050;
    const body = await readBody(toResponse(Infinity, () => (isGone = true)), toLimit, signal);
    expect(body.bytes.length).toBe(1_050);
    expect(body.cut).toEqual({ reason: "limit" });
    expect(heads).toEqual([512]);
    expect(isGone).toBe(true);
  });

  it("takes a body that is exactly as long as the limit for whole", async () => {
    expect((await readBody(toResponse(10), () => 1_000, signal)).cut).toBeUndefined();
  });

  it("stops with its signal, also where the body does not", async () => {
    const controller = new AbortController();
    const toLimit = (): number => {
      controller.abort(new Error("stopped"));
      return Infinity;
    };
    await expect(readBody(toResponse(50), toLimit, controller.signal)).rejects.toThrow("stopped");
  });

  it("throws what a body throws that gives nothing", async () => {
    const body = new ReadableStream({ pull: () => Promise.reject(new Error("reset")) });
    await expect(readBody(new Response(body), () => 10, signal)).rejects.toThrow("reset");
  });
});
