import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { createPlace, fixture, omni, startGateway, toJson } from "./omni-process.ts";

/** Durable events of the turn below: start, prompt, ask model, reply, call, result, call, result, ask model, reply, end. */
const events = 11;
const points = Array.from({ length: events }, (_, index) => index + 1).flatMap((at) => [{ at, when: "before" } as const, { at, when: "after" } as const]);

interface Shown {
  readonly turns: readonly { readonly turnId: string; readonly status: string; readonly output: string; readonly toolCalls: readonly { readonly name: string; readonly status: string }[] }[];
}

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

async function createCrashPlace(more: Readonly<Record<string, string>> = {}): Promise<Place & { readonly ledger: () => number }> {
  model.script((body) => {
    const last = (body.raw["messages"] as readonly { readonly role: string; readonly content: unknown }[]).at(-1);
    if (last?.role === "tool") return textReply("both done");
    if (JSON.stringify(last).includes("and now?")) return textReply("all is well");
    return callReply([{ name: "ledger.add", arguments: { text: "effect" } }, { name: "ledger.peek", arguments: {} }]);
  });
  const place = await createPlace({}, { OPENAI_BASE_URL: model.url });
  const file = join(place.root, "ledger");
  await place.configure({ policy: { use: "workspace", with: { autonomy: "full" } }, tools: { files: false, ledger: { use: fixture("ledger-tool.ts"), with: { file, ...more } } } });
  return { ...place, ledger: () => (existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0) };
}

const killing = ({ at, when }: (typeof points)[number]) => ({ OMNI_STORE_USE: fixture("killing-store.ts"), OMNI_STORE_WITH: JSON.stringify({ at, when }) });

/** The turn that was interrupted has one ending, its effect happened at most once, and a call of unknown fate is told as such. */
function expectSettled(turn: Shown["turns"][number] | undefined, effects: number): void {
  expect(turn).toMatchObject({ status: "completed", output: "both done" });
  const add = turn?.toolCalls.find((call) => call.name === "ledger.add");
  expect(["completed", "unknown"]).toContain(add?.status);
  expect(effects).toBeLessThanOrEqual(1);
  if (add?.status === "completed") expect(effects).toBe(1);
  expect(turn?.toolCalls.find((call) => call.name === "ledger.peek")?.status).toBe("completed");
}

describe("kill -9 of `omni run` at each durable event of a two-tool turn", () => {
  it.concurrent.each(points)("is settled by the next run of the session: event $at, $when it is on disk", async (point) => {
    const place = await createCrashPlace();
    try {
      const killed = await omni(place, ["run", "--session", "cli:crash", "do both"], { env: killing(point) });
      expect(killed.signal).toBe("SIGKILL");
      const next = await omni(place, ["run", "--session", "cli:crash", "--json", "and now?"]);
      expect(toJson(next)).toMatchObject({ status: "completed", output: "all is well" });
      const shown = toJson<Shown>(await omni(place, ["sessions", "show", "cli:crash", "--json"]));
      expect(shown.turns).toHaveLength(2);
      expectSettled(shown.turns[0], place.ledger());
      // The reply and its first call, events 4 and 5, are one write.
      const isLost = (point.at === 4 || point.at === 5) && point.when === "after";
      if (isLost) expect(shown.turns[0]?.toolCalls[0]).toMatchObject({ name: "ledger.add", status: "unknown" });
    } finally {
      await place.dispose();
    }
  });

  it("RL-01 takes nothing when it dies before the message is on disk", async () => {
    const place = await createCrashPlace();
    try {
      expect((await omni(place, ["run", "--session", "cli:crash", "do both"], { env: killing({ at: 0, when: "before" }) })).signal).toBe("SIGKILL");
      expect(toJson(await omni(place, ["sessions", "list", "--json"]))).toEqual({ sessions: [] });
    } finally {
      await place.dispose();
    }
  });

  it("RL-10 never repeats a call whose effect was made and whose result was lost", async () => {
    const place = await createCrashPlace({ killMarker: "" });
    try {
      await place.configure({ policy: { use: "workspace", with: { autonomy: "full" } }, tools: { files: false, ledger: { use: fixture("ledger-tool.ts"), with: { file: join(place.root, "ledger"), killMarker: join(place.root, "marker") } } } });
      expect((await omni(place, ["run", "--session", "cli:crash", "do both"])).signal).toBe("SIGKILL");
      expect(place.ledger()).toBe(1);
      expect(toJson(await omni(place, ["run", "--session", "cli:crash", "--json", "and now?"]))).toMatchObject({ status: "completed" });
      const shown = toJson<Shown>(await omni(place, ["sessions", "show", "cli:crash", "--json"]));
      expect(shown.turns[0]?.toolCalls[0]).toMatchObject({ name: "ledger.add", status: "unknown" });
      expect(place.ledger()).toBe(1);
      const told = JSON.stringify(model.chats.findLast((chat) => JSON.stringify(chat.body).includes("unknown"))?.body);
      expect(told).toContain("may or may not");
    } finally {
      await place.dispose();
    }
  });
});

describe("kill -9 of the gateway at each durable event of a two-tool turn", () => {
  it.concurrent.each(points)("is settled by its next start: event $at, $when it is on disk", async (point) => {
    const place = await createCrashPlace();
    try {
      const gateway = await startGateway(place, { env: killing(point) });
      const accepted = (await (await gateway.post("/message?wait=false", { message: "do both" })).json()) as { turn_id: string };
      expect((await gateway.finished).signal).toBe("SIGKILL");
      const again = await startGateway(place);
      const ended = await again.post("/message", { message: "and now?" });
      expect(await ended.json()).toMatchObject({ status: "completed", output: "all is well" });
      const turn = (await (await again.fetch(`/turns/${accepted.turn_id}`)).json()) as { status: string; output: string; tool_calls: Shown["turns"][number]["toolCalls"] };
      expectSettled({ turnId: accepted.turn_id, status: turn.status, output: turn.output, toolCalls: turn.tool_calls }, place.ledger());
      expect((await again.stop()).code).toBe(0);
    } finally {
      await place.dispose();
    }
  });
});
