import type { Scenario, Trial } from "../scenario.ts";
import type { HttpAnswer } from "../world/http-call.ts";
import type { World } from "../world/world.ts";
import { sendMessage } from "../world/send-message.ts";
import { textReply } from "@omni/testkit/fakes";
import { toPlanText } from "../world/message-plan.ts";
import { readRequest, toReply } from "../world/model-script.ts";
import { waitUntil } from "../world/wait-until.ts";

const common = { faultClass: "intake", runs: [1, 20] } as const;

/** Messages that come twice, out of order, too many at once, too long, or with nothing in them. */
export const intakeFaults: readonly Scenario[] = [
  { ...common, id: "RL-30", title: "the same key while the first is in flight", run: sameKeyRunning },
  { ...common, id: "RL-31", title: "the same key after the end, and after a kill", run: sameKeyAfter },
  { ...common, id: "RL-32", title: "the same key after a failure makes a new attempt, unless something was done", run: sameKeyFailed },
  { ...common, id: "RL-39", title: "out of order, repeated, edited, and cancelled while queued", run: disorder },
  { ...common, id: "RL-40", title: "a flood of 1,050 messages into one session", runs: [1, 3], run: flood },
  { ...common, id: "RL-41", title: "huge messages", run: huge },
  { ...common, id: "RL-42", title: "torture by Unicode", run: torture },
  { ...common, id: "RL-43", title: "messages with nothing in them", run: empty },
];

function post(world: World, body: object, key?: string, query = ""): Promise<HttpAnswer> {
  return world.call({ method: "POST", path: `/message${query}`, body, headers: key === undefined ? {} : { "idempotency-key": key } });
}

async function sameKeyRunning(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  world.model.script((body) => ({ ...toReply(body), barrier: "held" }));
  const sending = sendMessage(world, { entrance: "http", rounds: [["once"]] });
  const turnId = await sending.taken;
  await world.model.reached("held");
  const body = { message: toPlanText({ nonce: sending.message.nonce, rounds: [["once"]], parts: 1 }), session_id: "http:default" };
  const again = await post(world, body, sending.message.nonce);
  trial.expect(again.status === 409 && again.text.includes(turnId), `the second is told of the first: ${again.status} ${again.text}`);
  world.model.release("held");
  await trial.settle(world);
}

async function sameKeyAfter(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  const nonce = world.nextNonce();
  const body = { message: toPlanText({ nonce, rounds: [["once"]], parts: 1 }), session_id: "http:default" };
  const first = await post(world, body, nonce);
  const second = await post(world, body, nonce);
  await world.kill();
  await world.start();
  const third = await post(world, body, nonce);
  const other = await post(world, { ...body, message: "something else" }, nonce);
  trial.expect(first.status === 200 && second.text === first.text && third.text === first.text, `each answer is the first: ${[first, second, third].map(({ status }) => status).join(", ")}`);
  trial.expect(other.status === 422, `another message under the key is refused: ${other.status}`);
  trial.expect(world.model.chats.length === 2 && (await world.readEffects()).length === 1, "nothing runs again");
}

async function sameKeyFailed(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  const nonce = world.nextNonce();
  const body = { message: toPlanText({ nonce, rounds: [["once"]], parts: 1 }), session_id: "http:default" };
  world.model.script([{ status: 401 }]);
  const first = await post(world, body, nonce);
  world.model.script(toReply);
  const second = await post(world, body, nonce);
  trial.expect(first.status === 502 && second.status === 200, `it fails, and succeeds under the same key: ${first.status}, ${second.status}`);
  trial.expect((await world.readEffects()).length === 1, "its effect happens once");
  await sameKeyFailedLate(trial, world);
}

/** The model refuses once the call was made. */
async function sameKeyFailedLate(trial: Trial, world: World): Promise<void> {
  const nonce = world.nextNonce();
  const body = { message: toPlanText({ nonce, rounds: [["once"]], parts: 1 }), session_id: "http:late" };
  world.model.script((asked) => ((readRequest(asked.raw)?.round ?? 0) > 0 ? { status: 401 } : toReply(asked)));
  const first = await post(world, body, nonce);
  world.model.script(toReply);
  const second = await post(world, body, nonce);
  trial.expect(first.status === 502 && second.status === 502 && second.body["turn_id"] === first.body["turn_id"], `what failed after it did something is answered as it was: ${first.status}, ${second.status}`);
  trial.expect((await world.readEffects()).length === 2, "nothing is done again");
}

async function disorder(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  world.platform.pause();
  const text = (nonce: string): string => toPlanText({ nonce, rounds: [["once"]], parts: 1 });
  const [one, two] = [world.nextNonce(), world.nextNonce()];
  world.platform.write("hall", text(one), one);
  world.platform.write("hall", text(two), two);
  world.platform.swapLast();
  world.platform.write("hall", text(two), two);
  world.platform.write("hall", text(one), one);
  world.platform.resume();
  trial.expect(await waitUntil(() => world.platform.shown.length >= 2 && world.platform.isAcknowledged(4), 20_000), "both are answered");
  trial.expect(world.platform.shown.map(({ nonce }) => nonce).join() === `${two},${one}`, "the platform's order is kept, and what comes again is dropped");
  world.model.script((body) => ({ ...toReply(body), barrier: "held" }));
  const running = sendMessage(world, { entrance: "http", rounds: [["once"]] });
  await running.taken;
  const queued = sendMessage(world, { entrance: "http", rounds: [["once"]], mayFail: true });
  const turnId = await queued.taken;
  await world.model.reached("held");
  const cancelled = await world.call({ method: "POST", path: `/turns/${turnId}/cancel` });
  trial.expect(cancelled.body["status"] === "cancelled", `what waits can be taken back: ${cancelled.text}`);
  world.model.release("held");
  await trial.settle(world);
  trial.expect((await world.readEffects()).every(({ nonce }) => nonce !== queued.message.nonce), "and never runs");
  await editQueued(world, trial);
}

/** A channel knows no edits: its platform brings the message again under its id, with other words. What was taken first is what is answered. A message that its platform deletes is brought by nobody, and nothing is said of it. */
async function editQueued(world: World, trial: Trial): Promise<void> {
  world.model.script((body) => ({ ...toReply(body), barrier: "edited" }));
  await sendMessage(world, { entrance: "rooms", to: "edited", rounds: [["once"]] }).taken;
  const queued = sendMessage(world, { entrance: "rooms", to: "edited", rounds: [["once"]] });
  await queued.taken;
  const other = world.nextNonce();
  const number = world.platform.write("edited", toPlanText({ nonce: other, rounds: [["once"]], parts: 1 }), queued.message.nonce);
  trial.expect(await waitUntil(() => world.platform.isAcknowledged(number), 20_000), "the edit is acknowledged");
  world.model.release("edited");
  await trial.settle(world);
  const isOther = ({ nonce }: { readonly nonce?: string | undefined }): boolean => nonce === other;
  trial.expect(!(await world.readEffects()).some(isOther) && !world.platform.shown.some(isOther), "an edited message does not run a second time");
}

/** Within so many milliseconds another session has its answer, with a call in its turn, while one is flooded: some four times what it takes beside other scenarios on two busy processors. */
const mostCalmMs = 10_000;

async function flood(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  world.model.script((body) => (JSON.stringify(body.raw).includes("flood") ? { ...textReply("there"), barrier: "held" } : toReply(body)));
  const statuses: number[] = [];
  let left = 1_050;
  const work = async (): Promise<void> => {
    while (left > 0) {
      const answer = await post(world, { message: `flood ${(left -= 1)}`, session_id: "http:flood" }, undefined, "?wait=false");
      statuses.push(answer.status);
      trial.expect(answer.status === 202 || (answer.status === 429 && answer.headers["retry-after"] !== undefined), `taken, or told to wait: ${answer.status} ${answer.text}`);
    }
  };
  const flooding = Promise.all(Array.from({ length: 16 }, work));
  const begun = performance.now();
  await sendMessage(world, { entrance: "rooms", to: "calm", rounds: [["once"]] }).taken;
  await trial.settle(world);
  const calmMs = Math.round(performance.now() - begun);
  trial.note(`another session was answered after ${calmMs} ms of the flood`);
  trial.expect(calmMs <= mostCalmMs, `another session is answered within ${mostCalmMs} ms of the flood: ${calmMs} ms`);
  await flooding;
  const taken = statuses.filter((status) => status === 202).length;
  trial.expect(taken >= 1_000 && taken <= 1_001, `1,000 wait and one runs at most: ${taken}`);
  world.model.release("held");
  const wanted = trial.isFull ? taken : 20;
  const begunAnswers = performance.now();
  trial.expect(await waitUntil(() => world.model.chats.length >= wanted + 2, 120_000, 200), `${wanted} of ${taken} are answered: ${world.model.chats.length - 2}`);
  trial.note(`${wanted} of ${taken} turns took ${Math.round(performance.now() - begunAnswers)} ms`);
  // Whoever flooded takes back what still waits.
  await post(world, { message: "/stop", session_id: "http:flood" });
  const readEnds = async (): Promise<readonly string[]> => (await world.turnsOf("http:flood")).map(({ status }) => status);
  trial.expect(await waitUntil(async () => (await readEnds()).every((status) => status === "completed" || status === "cancelled"), 60_000, 500), "each has one end");
  trial.expect((await readEnds()).length === taken, `and none is lost: ${(await readEnds()).length} of ${taken}`);
}

async function huge(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  world.model.script((body) => (JSON.stringify(body.raw).includes("rounds[") ? toReply(body) : textReply("read")));
  const long = await post(world, { message: "x".repeat(900_000), session_id: "http:long" });
  trial.expect(long.status === 200, `a long message is answered: ${long.status} ${long.text.slice(0, 200)}`);
  const emoji = await post(world, { message: "👩‍👩‍👧‍👦".repeat(20_000), session_id: "http:emoji" });
  trial.expect(emoji.status === 200, `so are 20,000 families: ${emoji.status} ${emoji.text.slice(0, 200)}`);
  const tooLong = await post(world, { message: "x".repeat(4_000_000) }).catch(() => undefined);
  trial.expect(tooLong === undefined || tooLong.status === 413, `four megabytes are refused: ${tooLong?.status}`);
  world.platform.write("hall", "x".repeat(4_000_000), "huge");
  trial.expect(await waitUntil(() => world.platform.shown.length === 1, 20_000), "and on the platform with words");
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  await trial.settle(world);
}

/** Texts that break what takes a text for a row of bytes, of units, or of one direction. */
const tortures: readonly string[] = ["👩‍👩‍👧‍👦 family", "e\u0301 and \u00e9", "\u202Egnirts\u202C", "שלום مرحبا", "\u{E0041}\u{E0042} tags", "ﷺ".repeat(50), "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘", "nul \u0000 inside", "lone \ud800 surrogate", "\uFEFFmark", "\u2028 and \u2029", "𝕳𝖊𝖑𝖑𝖔", "😀".repeat(400)];

async function torture(trial: Trial): Promise<void> {
  const world = await trial.createWorld({ maxMessageLength: 101 });
  await world.start();
  world.model.script((body) => (JSON.stringify(body.raw).includes("rounds[") ? toReply(body) : textReply(body.userTexts.at(-1)?.split("\n").at(-1) ?? "")));
  for (const [index, text] of tortures.entries()) {
    const answer = await post(world, { message: text, session_id: `http:torture-${index}` });
    const isWhole = text.isWellFormed() && !text.includes("\u0000");
    trial.expect(answer.status === 200 || (!isWhole && answer.status === 400), `${JSON.stringify(text.slice(0, 20))} is answered or refused: ${answer.status} ${answer.text.slice(0, 200)}`);
    if (isWhole && !/[\u2028\u2029]/.test(text)) trial.expect(String(answer.body["output"]).includes(text.trim()), `${JSON.stringify(text.slice(0, 20))} comes back as it was`);
  }
  world.platform.write("hall", "😀".repeat(400), "emoji");
  await waitUntil(() => world.platform.shown.map(({ text }) => text).join("").length >= 800, 20_000);
  const parts = world.platform.shown.map(({ text }) => text);
  trial.expect(parts.every((text) => text.isWellFormed()), "no part ends in half a character");
  trial.expect(parts.join("") === "😀".repeat(400), "the parts are the whole");
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  await trial.settle(world);
}

async function empty(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  await world.start();
  for (const message of ["", "   ", "\n\t"]) {
    const answer = await post(world, { message });
    trial.expect(answer.status === 400 && answer.text.includes("message.empty"), `${JSON.stringify(message)} is refused as empty: ${answer.status} ${answer.text}`);
  }
  const number = world.platform.write("hall", "", "sticker");
  trial.expect(await waitUntil(() => world.platform.isAcknowledged(number), 20_000), "one without words is acknowledged and holds nobody up");
  await sendMessage(world, { entrance: "rooms", rounds: [["once"]] }).taken;
  await trial.settle(world);
}
