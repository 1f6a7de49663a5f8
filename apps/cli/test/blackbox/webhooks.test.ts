import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "@omni/core";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Gateway, Place } from "./omni-process.ts";
import type { SmallServer } from "./outside.ts";
import { createPlace, fixture, startGateway } from "./omni-process.ts";
import { createSmallServer } from "./outside.ts";

const secret = "0123456789abcdef0123456789abcdef";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

interface Desk {
  readonly place: Place;
  /** Where answers arrive. */
  readonly receiver: SmallServer;
  configure(more?: JsonObject): Promise<void>;
}

async function withDesk(body: (desk: Desk) => Promise<void>): Promise<void> {
  const receiver = await createSmallServer(() => new Response(null, { status: 204 }));
  const place = await createPlace({}, { OPENAI_BASE_URL: model.url, DESK_SECRET: secret });
  const configure = (more: JsonObject = {}): Promise<void> => place.configure({ workspace: place.workspace, memory: false, channels: { desk: { use: "webhook", with: { allow: ["p1"], secrets: ["${DESK_SECRET}"], url: receiver.url } } }, ...more });
  try {
    await configure();
    await body({ place, receiver, configure });
  } finally {
    await receiver.close();
    await place.dispose();
  }
}

function sign(timestamp: string, body: string): string {
  return `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

/** Posts a message as its sender does; again and again while the channel starts. */
async function post({ url }: Gateway, id: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const body = JSON.stringify({ id, conversation: "hall", sender: "p1", text: `this is ${id}` });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const init = { method: "POST", headers: { "x-omni-timestamp": timestamp, "x-omni-signature": sign(timestamp, body), ...headers }, body };
  let response = await fetch(`${url}/hooks/desk`, init);
  await expect.poll(async () => (response.status === 503 ? (response = await fetch(`${url}/hooks/desk`, init)) : response).status, { timeout: 10_000 }).not.toBe(503);
  return response;
}

describe("a webhook channel of the built gateway", () => {
  it("makes one turn of a signed message, and posts its answer signed; what is not signed makes none", async () => {
    await withDesk(async ({ place, receiver }) => {
      model.script([textReply("the answer")]);
      const from = model.chats.length;
      const gateway = await startGateway(place);
      expect((await post(gateway, "m0", { "x-omni-signature": sign("0", "") })).status).toBe(401);
      for (let time = 0; time < 2; time += 1) expect((await post(gateway, "m1")).status).toBe(200);
      const { headers, body } = await receiver.until(({ method }) => method === "POST");
      expect(JSON.parse(body)).toEqual({ id: headers["idempotency-key"], conversation: "hall", text: "the answer" });
      expect(headers["x-omni-signature"]).toBe(sign(String(headers["x-omni-timestamp"]), body));
      expect(await (await gateway.fetch("/sessions")).json()).toMatchObject({ sessions: [{ session_id: "desk:hall", turns: 1 }] });
      expect((await gateway.stop()).code).toBe(0);
      expect([model.chats.length - from, receiver.asked.length]).toEqual([1, 1]);
    });
  });

  it("that is killed between the commit and its answer makes no second turn when the message comes again", async () => {
    await withDesk(async ({ place, receiver, configure }) => {
      model.script([textReply("the answer"), textReply("one too many")]);
      const from = model.chats.length;
      await configure({ store: { use: fixture("killing-store.ts"), with: { at: 0, when: "after" } } });
      const first = await startGateway(place);
      await expect(post(first, "m1")).rejects.toThrow();
      expect((await first.finished).signal).toBe("SIGKILL");
      await configure();
      const second = await startGateway(place);
      expect((await post(second, "m1")).status).toBe(200);
      expect(JSON.parse((await receiver.until(({ method }) => method === "POST")).body)).toMatchObject({ conversation: "hall", text: "the answer" });
      expect((await second.stop()).code).toBe(0);
      expect([model.chats.length - from, receiver.asked.length]).toEqual([1, 1]);
    });
  });
});
