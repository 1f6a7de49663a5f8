import type { Store, Tool } from "@omni/core";
import { OmniError } from "@omni/core";
import { describe, expect, it } from "vitest";
import type { OpenRuntimeOptions } from "./support/open-gateway.ts";
import type { Person } from "./support/open-mcp-client.ts";
import { connectInProcess } from "./support/connect-in-process.ts";
import { toSeen } from "./support/open-mcp-client.ts";
import { toolSaying } from "./support/open-gateway.ts";

/** A disk that a test fills up. */
interface Disk {
  isFull: boolean;
}

/** A store that takes nothing of a turn while the disk is full. */
const onDisk = (disk: Disk) => (store: Store): Store => ({ ...store, append: async (...given) => (disk.isFull ? Promise.reject(new OmniError("store.full", "The disk is full.")) : store.append(...given)) });

/** A client whose one tool counts how often it ran, and a disk that is full from the beginning or from the moment the tool has run. */
async function openActing({ disk = { isFull: false }, ...options }: OpenRuntimeOptions & { readonly disk?: Disk }, person?: Person) {
  const state = { ran: 0 };
  const act: Tool = {
    ...toolSaying("test.act", ""),
    async execute() {
      state.ran += 1;
      disk.isFull = true;
      return { content: [{ type: "text", text: "acted" }] };
    },
  };
  const connected = await connectInProcess({ tools: [act], wrapStore: onDisk(disk), ...options }, person);
  const { host, runtime } = connected;
  const isHeldUp = (): boolean => host.log.lines.some(({ message }) => message.includes("holds a turn up"));
  /** Lets time pass until something holds. */
  const passing = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await holds())) await host.clock.advance(500);
  };
  const openTurn = async (): Promise<string> => (await runtime.store.unfinished())[0]?.input.turnId ?? "";
  return { ...connected, state, disk, isHeldUp, passing, openTurn };
}

describe("a call that the store holds up", () => {
  it("goes on when there is room, and is answered with how it ended", async () => {
    const { client, state, disk, isHeldUp, passing } = await openActing({});
    let told: ReturnType<typeof toSeen> | undefined;
    void client.callTool({ name: "test.act" }).then((result) => (told = toSeen(result)));
    await passing(isHeldUp);
    await client.ping();
    expect([told, state.ran]).toEqual([undefined, 1]);
    disk.isFull = false;
    await passing(() => told !== undefined);
    expect([told, state.ran]).toEqual([["acted", false, "completed"], 1]);
  });

  it("is still put to the person at the client", async () => {
    const forms: string[] = [];
    const { client, disk, isHeldUp, passing } = await openActing({ disk: { isFull: true }, tools: [toolSaying("test.say", "hi")], verdict: "ask" }, ({ message }) => (forms.push(message), { action: "accept", content: { decision: "allow" } }));
    let told: ReturnType<typeof toSeen> | undefined;
    void client.callTool({ name: "test.say" }).then((result) => (told = toSeen(result)));
    await passing(isHeldUp);
    disk.isFull = false;
    await passing(() => told !== undefined);
    expect([told, forms.length]).toEqual([["hi", false, "completed"], 1]);
  });

  it("is stopped by a client that cancels it", async () => {
    const { client, state, disk, isHeldUp, passing, openTurn, runtime } = await openActing({ disk: { isFull: true } });
    const cancel = new AbortController();
    const result = expect(client.callTool({ name: "test.act" }, undefined, { signal: cancel.signal })).rejects.toThrow("enough");
    await passing(isHeldUp);
    const turnId = await openTurn();
    cancel.abort("enough");
    await result;
    await client.ping();
    disk.isFull = false;
    await passing(async () => (await runtime.turn(turnId))?.outcome != null);
    expect([(await runtime.turn(turnId))?.outcome?.status, state.ran]).toEqual(["cancelled", 0]);
  });

  it("keeps nobody who leaves waiting for room", async () => {
    const { client, connection, host, disk, isHeldUp, passing, openTurn, runtime } = await openActing({});
    void client.callTool({ name: "test.act" }).catch(() => undefined);
    await passing(isHeldUp);
    const turnId = await openTurn();
    let isClosed = false;
    void connection.close().then(() => (isClosed = true));
    await host.clock.advance(0);
    const before = [isClosed, (await runtime.turn(turnId))?.outcome];
    disk.isFull = false;
    await passing(async () => (await runtime.turn(turnId))?.outcome != null);
    expect([before, (await runtime.turn(turnId))?.outcome?.status]).toEqual([[true, null], "cancelled"]);
  });

  it("tells its progress on, and none of it twice", async () => {
    const disk = { isFull: false };
    const tool: Tool = {
      ...toolSaying("test.steps", "done"),
      async execute(_input, { progress, step }) {
        await progress("before");
        disk.isFull = true;
        await step("one", async () => 1);
        await progress("after");
        return { content: [{ type: "text", text: "done" }] };
      },
    };
    const { client, isHeldUp, passing } = await openActing({ disk, tools: [tool] });
    const told: (string | undefined)[] = [];
    let isOver = false;
    void client.callTool({ name: "test.steps" }, undefined, { onprogress: ({ message }) => told.push(message) }).then(() => (isOver = true));
    await passing(isHeldUp);
    disk.isFull = false;
    await passing(() => isOver);
    expect(told).toEqual(["before", "after"]);
  });
});

describe("a call that was taken and whose end cannot be told", () => {
  it("is named by its turn, and not to be made again, when Omni stops", async () => {
    const started = Promise.withResolvers<void>();
    const tool: Tool = {
      ...toolSaying("test.hold", ""),
      async execute(_input, { signal }) {
        started.resolve();
        return new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      },
    };
    const { client, runtime, openTurn } = await openActing({ tools: [tool] });
    const result = client.callTool({ name: "test.hold" });
    await started.promise;
    const turnId = await openTurn();
    await runtime.close();
    expect(toSeen(await result)).toEqual([`Error (gateway.draining): Omni is stopping; the turn goes on at the next start. The call was taken as turn ${turnId}, whose record shows what comes of it; do not make it again.`, true, "unknown"]);
    expect((await result)._meta?.["omni/turn"]).toBe(turnId);
  });

  it("is named by its turn where its record cannot be read", async () => {
    let isBroken = false;
    const tool: Tool = { ...toolSaying("test.act", ""), execute: async () => ((isBroken = true), { content: [{ type: "text", text: "acted" }] }) };
    const wrapStore = (store: Store): Store => ({ ...store, events: async (...given) => (isBroken ? Promise.reject(new OmniError("store.failed", "disk I/O error")) : store.events(...given)) });
    const { client } = await openActing({ tools: [tool], wrapStore });
    const result = await client.callTool({ name: "test.act" });
    expect([toSeen(result)[2], result._meta?.["omni/turn"]]).toEqual(["unknown", expect.any(String)]);
  });

  it("has no turn where it was not taken, and may be made again", async () => {
    const wrapStore = (store: Store): Store => ({ ...store, accept: async () => Promise.reject(new OmniError("store.full", "The disk is full.")) });
    const { client } = await openActing({ wrapStore });
    const result = await client.callTool({ name: "test.act" });
    expect([toSeen(result), result._meta?.["omni/turn"]]).toEqual([["Error (store.full): The disk is full.", true, "failed"], undefined]);
  });

  it("is unknown, too, where the tool itself lost sight of it", async () => {
    const tool: Tool = { ...toolSaying("test.act", ""), execute: async () => Promise.reject(new OmniError("tool.unknown-fate", "It was sent, and no answer came.")) };
    const { client } = await openActing({ tools: [tool] });
    expect(toSeen(await client.callTool({ name: "test.act" }))).toEqual(["Error (tool.unknown-fate): It was sent, and no answer came.", true, "unknown"]);
  });
});
