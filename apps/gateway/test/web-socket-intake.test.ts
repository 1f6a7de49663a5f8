import { describe, expect, it } from "vitest";
import type { MessageGauge } from "../src/web-socket/message-gauge.ts";
import type { OpenSocket } from "./support/open-socket.ts";
import { createFrameIntake } from "../src/web-socket/frame-intake.ts";
import { createIntakeRoom } from "../src/web-socket/intake-room.ts";
import { createManualClock } from "@omni/testkit/fakes";
import { createMessageGauge } from "../src/web-socket/message-gauge.ts";
import { openListening } from "./support/open-listening.ts";
import { openSocket } from "./support/open-socket.ts";

const mebibyte = 1_048_576;

async function isServed({ say, until }: OpenSocket): Promise<boolean> {
  say({ type: "ping", id: "still" });
  return (await until((frame) => frame["id"] === "still")).type === "pong";
}

/** A frame as a client sends it, under a mask of zeros. */
function toBytes(length: number, { opcode = 1, isFinal = true } = {}): Buffer {
  const mask = Buffer.alloc(4);
  const first = (isFinal ? 0x80 : 0) | opcode;
  if (length < 126) return Buffer.concat([Buffer.from([first, 0x80 | length]), mask, Buffer.alloc(length)]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head.set([first, 0x80 | (length < 65_536 ? 126 : 127)]);
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, mask, Buffer.alloc(length)]);
}

describe("a message that does not end", () => {
  it("ends its socket after thirty seconds, though pings are answered, and no other", async () => {
    const listening = await openListening();
    const [slow, other] = [await openSocket(listening), await openSocket(listening)];
    slow.socket.send('{"type":', { fin: false });
    slow.socket.ping();
    await new Promise((resolve) => slow.socket.once("pong", resolve));
    await listening.host.clock.advance(29_000);
    slow.socket.send('"ping"', { fin: false });
    slow.socket.ping();
    await new Promise((resolve) => slow.socket.once("pong", resolve));
    await listening.host.clock.advance(1_000);
    expect(await slow.closed).toEqual({ code: 1013, reason: "a message took longer than 30 s to arrive" });
    expect(await isServed(other)).toBe(true);
  });

  it("costs its own token a socket where all together are too large, and nobody else", async () => {
    const listening = await openListening({ gateway: { maxBodyBytes: 8 * mebibyte } });
    const other = await openSocket(listening, { token: await listening.tokenFor("read") });
    other.socket.send("x".repeat(mebibyte), { fin: false });
    const hoarding = await Promise.all(Array.from({ length: 4 }, () => openSocket(listening)));
    for (const { socket } of hoarding) socket.send("x".repeat(8 * mebibyte - 1), { fin: false });
    expect(await Promise.race(hoarding.map(({ closed }) => closed))).toEqual({ code: 1013, reason: "too much arrives at once" });
    expect(other.socket.readyState).toBe(other.socket.OPEN);
    expect(await isServed(await openSocket(listening))).toBe(true);
  });
});

describe("the gauge of a message", () => {
  const all = (gauge: MessageGauge): readonly [number, number | undefined] => [gauge.bytes, gauge.since];

  it.each([1, 7, 100_000])("knows what has come of one that is not whole, in pieces of %d bytes", async (piece) => {
    const clock = createManualClock();
    const gauge = createMessageGauge(clock);
    const take = (bytes: Buffer): void => {
      for (let at = 0; at < bytes.length; at += piece) gauge.take(bytes.subarray(at, at + piece));
    };
    for (const length of [0, 5, 125, 126, 70_000]) take(toBytes(length));
    expect(all(gauge)).toEqual([0, undefined]);
    await clock.advance(10);
    take(toBytes(70_000, { isFinal: false }));
    await clock.advance(10);
    take(toBytes(20, { opcode: 9 }));
    expect(all(gauge)).toEqual([70_000, 10]);
    gauge.restart();
    take(toBytes(300, { opcode: 0, isFinal: false }));
    expect(all(gauge)).toEqual([70_300, 20]);
    take(toBytes(0, { opcode: 0 }));
    expect(all(gauge)).toEqual([0, undefined]);
    gauge.restart();
    take(toBytes(9).subarray(0, 1));
    expect(all(gauge)).toEqual([0, 20]);
  });
});

describe("the room of all sockets", () => {
  it("is made by the largest of the token that holds the most", () => {
    const room = createIntakeRoom(100);
    const given: string[] = [];
    const open = (name: string, token: string | undefined): ReturnType<typeof room.open> => room.open(token, () => void given.push(name));
    const shares = { large: open("large", "one"), small: open("small", "many"), middle: open("middle", "many"), owner: open("owner", undefined) };
    shares.large.add(40);
    shares.small.add(20);
    shares.middle.add(30);
    shares.owner.add(10);
    expect(given).toEqual([]);
    shares.owner.add(5);
    expect(given).toEqual(["middle"]);
    shares.middle.add(500);
    shares.small.add(-20);
    shares.owner.add(46);
    expect(given).toEqual(["middle", "owner"]);
    shares.large.close();
    shares.small.add(100);
    expect(given).toHaveLength(2);
  });
});

describe("the frames of one socket that are under way", () => {
  it("are read no further once they have 4 MiB, until some are served", async () => {
    const socket = {
      isPaused: false,
      pause: () => void (socket.isPaused = true),
      resume: () => void (socket.isPaused = false),
    };
    let held = 0;
    const served: (() => void)[] = [];
    const share = { add: (bytes: number) => void (held += bytes), close: () => undefined };
    const intake = createFrameIntake(socket, share, () => new Promise((resolve) => void served.push(resolve)));
    for (let count = 1; count < 4; count += 1) intake.take(Buffer.alloc(mebibyte));
    expect([socket.isPaused, held]).toEqual([false, 3 * mebibyte]);
    intake.take(Buffer.alloc(mebibyte));
    expect([socket.isPaused, held]).toEqual([true, 4 * mebibyte]);
    served[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect([socket.isPaused, held]).toEqual([false, 3 * mebibyte]);
  });
});
