import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { RoomsPlatform } from "./fixtures/rooms-platform.ts";
import type { Place } from "./omni-process.ts";
import { createPlace, omni, startGateway, toJson } from "./omni-process.ts";
import { createRoomsPlatform } from "./fixtures/rooms-platform.ts";

const channel = fileURLToPath(new URL("../../../../examples/recipes/room-channel.ts", import.meta.url));

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

interface Rooms {
  readonly place: Place;
  readonly platform: RoomsPlatform;
}

async function withRooms(body: (rooms: Rooms) => Promise<void>, options: { readonly autonomy?: string; readonly deduplicates?: boolean; readonly allow?: readonly string[] } = {}): Promise<void> {
  const platform = await createRoomsPlatform(options.deduplicates === undefined ? {} : { deduplicates: options.deduplicates });
  const place = await createPlace({ "a.txt": "alpha\nbeta\n" }, { OPENAI_BASE_URL: model.url, OMNI_POLICY_WITH_AUTONOMY: options.autonomy ?? "full" });
  await place.configure({ workspace: place.workspace, channels: { rooms: { use: channel, with: { url: platform.url, allow: [...(options.allow ?? ["p1"])] } } } });
  try {
    await body({ place, platform });
  } finally {
    await platform.close();
    await place.dispose();
  }
}

/** The recorded bodies, the time of day put aside. */
function takeBodies(from: number): readonly string[] {
  return model.chats.slice(from).map((chat) => JSON.stringify(chat.body).replaceAll(/<time>[^<]*<\/time>/g, "<time/>"));
}

describe("a channel module loaded by path", () => {
  it("asks the model the same as a run does, and brings each answer to its conversation", async () => {
    const script = [callReply([{ id: "c1", name: "files.read", arguments: { path: "a.txt" } }]), textReply("It says alpha."), textReply("And beta.")];
    const messages = ["read the file", "what else"];
    const bodies: (readonly string[])[] = [];
    await withRooms(async ({ place, platform }) => {
      model.script(script);
      let from = model.chats.length;
      for (const message of messages) expect((await omni(place, ["run", "--session", "cli:same", message])).code).toBe(0);
      bodies.push(takeBodies(from));

      model.script(script);
      from = model.chats.length;
      const gateway = await startGateway(place);
      for (const message of messages) platform.write(message);
      expect((await platform.seen(2)).map(({ room, text }) => [room, text])).toEqual([["hall", "It says alpha."], ["hall", "And beta."]]);
      bodies.push(takeBodies(from));
      await gateway.stop();
      const { sessions } = toJson<{ sessions: { sessionId: string; turns: number }[] }>(await omni(place, ["sessions", "list", "--json"]));
      expect(sessions).toContainEqual(expect.objectContaining({ sessionId: "rooms:hall", turns: 2 }));
    });
    expect(bodies[0]).toHaveLength(3);
    expect(bodies[1]).toEqual(bodies[0]);
  });

  it("asks in the conversation, and runs the call once the person approves there", async () => {
    await withRooms(
      async ({ place, platform }) => {
        model.script([callReply([{ name: "files.write", arguments: { path: "new.txt", content: "made" } }]), textReply("Written.")]);
        const gateway = await startGateway(place);
        platform.write("write it");
        expect((await platform.seen(1))[0]?.text).toMatch(/files\.write wants to run with \{"path":"new\.txt".*\n[\s\S]*\/approve/);
        platform.write("/approve");
        const texts = (await platform.seen(3)).map(({ text }) => text);
        expect(texts.slice(1).toSorted()).toEqual(["Approved: files.write.", "Written."]);
        expect(await place.read("new.txt")).toBe("made");
        await gateway.stop();
      },
      { autonomy: "supervised" },
    );
  });

  it("drops what strangers write: no turn, no answer, no request to the model", async () => {
    await withRooms(
      async ({ place, platform }) => {
        model.script([textReply("for you")]);
        const from = model.chats.length;
        const gateway = await startGateway(place);
        platform.write("let me in", { person: "stranger", room: "hall" });
        platform.write("/status", { person: "stranger" });
        platform.write("hello", { person: "p2" });
        expect((await platform.seen(1)).map(({ text }) => text)).toEqual(["for you"]);
        expect(model.chats.length - from).toBe(1);
        await gateway.stop();
      },
      { allow: ["p2"] },
    );
  });

  it("costs only itself when it cannot be made", async () => {
    const place = await createPlace({}, { OPENAI_BASE_URL: model.url });
    await place.configure({ channels: { rooms: { use: channel, with: { url: "no address" } }, http: { use: channel, with: { url: "http://127.0.0.1:1/" } }, gone: { use: "./nothing.ts" } } });
    try {
      model.script([textReply("still here")]);
      const gateway = await startGateway(place);
      const response = await gateway.post("/message", { message: "hello" });
      expect(await response.json()).toMatchObject({ output: "still here" });
      expect((await gateway.stop()).code).toBe(0);
    } finally {
      await place.dispose();
    }
  });
});

describe("a gateway that is killed", () => {
  it("while the model is asked, answers the message once after its restart", async () => {
    await withRooms(async ({ place, platform }) => {
      model.script({ "*": [{ ...textReply("too late"), barrier: "asked" }, textReply("once")] });
      const first = await startGateway(place);
      platform.write("take your time");
      await model.reached("asked", 1);
      await first.kill();
      model.release("asked");
      const second = await startGateway(place);
      expect((await platform.seen(1)).map(({ text }) => text)).toEqual(["once"]);
      await second.stop();
      expect(platform.shown).toHaveLength(1);
    });
  });

  it("between the platform's acceptance and the receipt, shows the answer once where the platform drops repeats", async () => {
    await withRooms(async ({ place, platform }) => {
      model.script([textReply("answer")]);
      platform.loseAnswers(1);
      const first = await startGateway(place);
      platform.write("hello");
      await platform.lost();
      await first.kill();
      const second = await startGateway(place);
      // Stopping waits for what is on its way.
      await second.stop();
      expect(platform.shown.map(({ text }) => text)).toEqual(["answer"]);
    });
  });
});
