import type { FakeOpenAIReply } from "@omni/testkit/fakes";
import { createFakeOpenAI } from "@omni/testkit/fakes";
import type { Scenario, Trial } from "../scenario.ts";
import type { SentMessage } from "../ledger/ledgers.ts";
import type { World } from "../world/world.ts";
import { readRequest, toReply } from "../world/model-script.ts";
import { sendMessage } from "../world/send-message.ts";
import { toPlanText } from "../world/message-plan.ts";

/** Replies of the model that are cut at a byte: it is asked again or the turn fails, and no part of a call is ever run, no part of a text an answer. */
export const cutReplies: readonly Scenario[] = [{ id: "RL-48", title: "a stream that is cut at any byte, in a call and in the answer", faultClass: "provider", runs: [1, 10], run: cutAnywhere }];

/** The long run looks at every byte in so many runs, each at one of so many. */
const stride = 10;

/** Messages that are on their way at once. */
const together = 24;

const rounds = [["once"]] as const;

/** One reply that is cut. */
interface Cut {
  /** Which reply of its turn: the one with the call, or the one with the text. */
  readonly round: number;
  readonly bytes: number;
  /** The connection breaks, or the body ends as if it were complete. */
  readonly how: "cutAfterBytes" | "endAfterBytes";
}

/** How long the replies of a turn are on the wire, in bytes. */
interface Extent {
  /** Where one event ends and the next begins, before that: what is cut there has no broken event to be known by. */
  readonly seams: readonly number[];
  /** Up to and with the event that says how the reply ended: what is cut before that is no reply. */
  readonly finish: number;
  readonly whole: number;
}

async function cutAnywhere(trial: Trial): Promise<void> {
  const extents = await Promise.all([measure([]), measure([{ role: "assistant", content: null, tool_calls: [{ id: "c0_0" }] }, { role: "tool", tool_call_id: "c0_0", content: "written" }])]);
  const world = await trial.createWorld();
  await world.start();
  const cuts = extents.flatMap((extent, round) => (["cutAfterBytes", "endAfterBytes"] as const).flatMap((how) => toPlaces(extent, trial).map((bytes): Cut => ({ round, bytes, how }))));
  for (let at = 0; at < cuts.length; at += together) await cutTogether(world, trial, { cuts: cuts.slice(at, at + together), extents });
  trial.note(`${cuts.length} cuts in replies of ${extents.map(({ whole }) => whole).join(" and ")} bytes`);
}

/** Every byte over the runs of the long run; in the bounded one the last before the end is told, and some by chance, between events and within them. */
function toPlaces({ seams, finish, whole }: Extent, { isFull, index, random }: Trial): readonly number[] {
  if (isFull) return Array.from({ length: Math.ceil(whole / stride) }, (_, count) => (index % stride) + count * stride);
  const seam = seams[Math.floor(random.next() * seams.length)] ?? 0;
  return [...Array.from({ length: 2 }, () => Math.floor(random.next() * finish)), seam, seams.at(-1) ?? 0, finish - 1, whole - 1];
}

/** What a reply to such a conversation has on the wire, read from a server like the one of the world. */
async function measure(since: readonly object[]): Promise<Extent> {
  const server = await createFakeOpenAI({ script: toReply });
  try {
    const messages = [{ role: "user", content: toPlanText({ nonce: "m-000000", rounds, parts: 1 }) }, ...since];
    const response = await fetch(`${server.url}/chat/completions`, { method: "POST", body: JSON.stringify({ model: "fake-model", stream: true, stream_options: { include_usage: true }, tools: [], messages }) });
    const text = await response.text();
    const events = text.split("\n\n");
    const last = events.findIndex((event) => /"finish_reason":"/.test(event));
    // All of it is ASCII, so that a character is a byte.
    const toEnd = (count: number): number => events.slice(0, count).join("\n\n").length;
    return { seams: Array.from({ length: last }, (_, count) => toEnd(count + 1) + 2), finish: toEnd(last + 1), whole: text.length };
  } finally {
    await server.close();
  }
}

interface Batch {
  readonly cuts: readonly Cut[];
  readonly extents: readonly Extent[];
}

async function cutTogether(world: World, trial: Trial, { cuts, extents }: Batch): Promise<void> {
  const byNonce = new Map<string, Cut>();
  const asked = new Map<string, number>();
  world.model.script((body): FakeOpenAIReply => {
    const request = readRequest(body.raw);
    const nonce = request?.plan.nonce ?? "";
    asked.set(nonce, (asked.get(nonce) ?? 0) + 1);
    const cut = byNonce.get(nonce);
    // Once: who asks again gets the whole of it.
    if (cut === undefined || cut.round !== request?.round) return toReply(body);
    byNonce.delete(nonce);
    return { ...toReply(body), ...(cut.how === "cutAfterBytes" ? { cutAfterBytes: cut.bytes } : { endAfterBytes: cut.bytes }) };
  });
  const sent = cuts.map((cut) => {
    const sending = sendMessage(world, { entrance: "rooms", to: `cut-${world.sent.length}`, rounds, mayFail: true });
    byNonce.set(sending.message.nonce, cut);
    return { cut, ...sending };
  });
  await Promise.all(sent.map(({ taken }) => taken));
  await trial.settle(world);
  for (const { cut, message } of sent) await expectNoPart(world, trial, { cut, message, asked: asked.get(message.nonce) ?? 0, extent: extents[cut.round] ?? { seams: [], finish: 0, whole: 0 } });
}

interface Seen {
  readonly cut: Cut;
  readonly message: SentMessage;
  readonly asked: number;
  readonly extent: Extent;
}

/** Two requests make a turn. One reply more was asked for, or the turn ends as failed where it was cut, and its person is told; only a reply that had said how it ended may count. */
async function expectNoPart(world: World, trial: Trial, { cut: { round, bytes, how }, message: { nonce, sessionId }, asked, extent }: Seen): Promise<void> {
  const [turn] = await world.turnsOf(sessionId);
  const effects = (await world.readEffects()).filter((line) => line.nonce === nonce).length;
  const told = world.platform.shown.filter(({ conversation }) => sessionId === `rooms:${conversation}`).map(({ text }) => text).join("\n");
  const isWhole = bytes >= extent.finish && turn?.status === "completed" && asked === 2 && effects === 1;
  const isAskedAgain = turn?.status === "completed" && asked === 3 && effects === 1;
  // A text of which a part was shown is not asked for again; of a call nothing is shown before it is whole.
  const isFailed = round === 1 && turn?.status === "failed" && asked === 2 && effects === 1 && told.includes("broke off");
  trial.expect(isWhole || isAskedAgain || isFailed, `${how} ${bytes} of ${extent.finish} in reply ${round}: ${turn?.status} with ${asked} requests and ${effects} effects, told ${JSON.stringify(told)}`);
}
