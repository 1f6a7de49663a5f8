import { once } from "node:events";
import type { Store } from "@omni/core";
import { describe, expect, it } from "vitest";
import type { Listening } from "./support/open-listening.ts";
import type { Model } from "./support/open-gateway.ts";
import type { OpenSocket } from "./support/open-socket.ts";
import type { RawConnection } from "./support/raw-connection.ts";
import { createTokenOutage } from "./support/token-outage.ts";
import { echo, stalling, until } from "./support/open-gateway.ts";
import { openListening } from "./support/open-listening.ts";
import { openSocket } from "./support/open-socket.ts";

const never = new Promise<never>(() => undefined);
const lookMs = 500;
const closeMs = 1_000;

/** Goes on for ever where it is told "stay". */
const model: Model = (said, request, signal) => (said === "stay" ? stalling(never, signal) : echo(said, request, signal));

/** A frame as bytes, under a mask of zeros. */
function toBytes(content: object, opcode = 0x81): Buffer {
  const payload = Buffer.from(JSON.stringify(content));
  expect(payload.length).toBeLessThan(126);
  return Buffer.concat([Buffer.from([opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/** A client that never answers a close. */
async function openStubborn(listening: Listening, token: string): Promise<RawConnection> {
  const connection = listening.raw();
  connection.socket.setEncoding("latin1");
  const head = listening.head("GET /ws", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");
  connection.send(head.replace(listening.token, token));
  await connection.until('"type":"hello"');
  return connection;
}

/** What became turns, once one more message has gone all the way, so that whatever had begun before it is there. */
async function saidIn({ ask, place }: Listening): Promise<readonly string[]> {
  await ask("POST /message", { transport: "socket", body: { message: "last", session_id: "last" } });
  return [...place.state.turns.values()].map(({ input }) => input.text);
}

/** A guest of a gateway whose first message is being taken until `release` is called, and whose second waits for that. */
async function openWaiting(): Promise<{ readonly listening: Listening; readonly guest: OpenSocket; readonly name: string; release(): void }> {
  const [held, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const accept = async (turn: Parameters<Store["accept"]>[0], store: Store): ReturnType<Store["accept"]> => {
    if (turn.input.text === "first") {
      held.resolve();
      await gate.promise;
    }
    return store.accept(turn);
  };
  const listening = await openListening({ model, wrapStore: (store) => ({ ...store, accept: (turn) => accept(turn, store) }) });
  const { token, name } = await listening.runtime.tokens.add("guest", ["chat"]);
  const guest = await openSocket(listening, { token });
  for (const message of ["first", "second"]) guest.say({ type: "message", message });
  guest.socket.ping();
  await Promise.all([once(guest.socket, "pong"), held.promise]);
  return { listening, guest, name, release: gate.resolve };
}

describe("a WebSocket that the gateway has closed", () => {
  it("serves no frame of a client that ignores it", async () => {
    const listening = await openListening({ model });
    const { token, name } = await listening.runtime.tokens.add("guest", ["chat"]);
    const guest = await openStubborn(listening, token);
    guest.socket.write(toBytes({ type: "message", message: "stay" }));
    await guest.until('"turn-start"');
    const [turn_id] = listening.place.state.turns.keys();
    await listening.runtime.tokens.revoke(name);
    await listening.host.clock.advance(lookMs);
    await guest.until("the token is no longer good");
    guest.socket.write(Buffer.concat([toBytes({ type: "cancel", turn_id }), toBytes({ type: "message", message: "more", session_id: "b" })]));
    // The end comes behind the frames, so they have been read when it is answered.
    guest.socket.end();
    await guest.ended;
    expect(await saidIn(listening)).toEqual(["stay", "last"]);
    expect(listening.place.state.turns.get(turn_id ?? "")?.status).toBe("running");
  });

  it("serves no frame behind one that was its end", async () => {
    const listening = await openListening({ model });
    const client = await openStubborn(listening, listening.token);
    client.socket.end(Buffer.concat([toBytes({}, 0x82), toBytes({ type: "message", message: "more" })]));
    expect(await client.ended).toContain("frames are text");
    expect(await saidIn(listening)).toEqual(["last"]);
  });

  it("is dropped after a second when the client does not answer", async () => {
    const listening = await openListening();
    const { host, ask } = listening;
    const isOpen = async (): Promise<boolean> => (await (await ask("GET /metrics", { transport: "socket" })).text()).includes("omni_websockets_open 1");
    const client = await openStubborn(listening, listening.token);
    client.socket.write(toBytes({}, 0x82));
    await client.until("frames are text");
    await host.clock.advance(closeMs - 1);
    expect(await isOpen()).toBe(true);
    await host.clock.advance(1);
    await client.ended;
    expect(await isOpen()).toBe(false);
  });

  it("leaves no timer behind when the client answers", async () => {
    const { host, ...rest } = await openListening();
    const { socket, closed } = await openSocket({ host, ...rest });
    const watching = host.clock.pending;
    socket.send(Buffer.from("{}"));
    expect((await closed).code).toBe(1003);
    await until(() => host.clock.pending === watching);
  });

  it("serves nothing that waits, when the token was revoked", async () => {
    const { listening, guest, name, release } = await openWaiting();
    await listening.runtime.tokens.revoke(name);
    await listening.host.clock.advance(lookMs);
    expect((await guest.closed).code).toBe(1008);
    release();
    expect(await saidIn(listening)).toEqual(["first", "last"]);
  });

  it("was closed for what it was, where whether its token is good could not be read for a second", async () => {
    const outage = createTokenOutage();
    const listening = await openListening({ wrapStore: outage.wrap });
    const { say, until: told, closed } = await openSocket(listening);
    await told(({ type }) => type === "hello");
    outage.isOn = true;
    for (const id of ["one", "two"]) {
      await listening.host.clock.advance(lookMs);
      say({ type: "ping", id });
      expect((await told((frame) => frame["id"] === id)).type).toBe("pong");
    }
    await listening.host.clock.advance(lookMs);
    expect((await closed).code).toBe(1013);
  });

  it.each([
    ["a binary frame", { binary: true }, 1003],
    ["text that is not UTF-8", { binary: false }, 1007],
  ])("serves nothing that waits, when the client broke the rules with %s", async (_what, kind, code) => {
    const { listening, guest, release } = await openWaiting();
    guest.socket.send(Buffer.from([0xff]), kind);
    expect((await guest.closed).code).toBe(code);
    release();
    expect(await saidIn(listening)).toEqual(["first", "last"]);
  });
});

describe("a WebSocket that the client has closed", () => {
  it("has what waits served", async () => {
    const { listening, guest, release } = await openWaiting();
    guest.socket.close();
    await guest.closed;
    release();
    await until(() => [...listening.place.state.turns.values()].some(({ input }) => input.text === "second"));
  });

  it("has nothing served that waits once its token was revoked", async () => {
    const { listening, guest, name, release } = await openWaiting();
    guest.socket.close();
    await guest.closed;
    await listening.runtime.tokens.revoke(name);
    release();
    expect(await saidIn(listening)).toEqual(["first", "last"]);
  });
});
