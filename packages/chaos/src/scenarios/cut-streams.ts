import { createClient } from "@omni/client";
import type { Scenario, Trial } from "../scenario.ts";
import { textReply } from "@omni/testkit/fakes";
import { waitUntil } from "../world/wait-until.ts";

/** A client that leaves in the middle of a stream and comes back. */
export const cutStreams: readonly Scenario[] = [{ id: "RL-33", title: "a client that leaves mid stream and resumes", faultClass: "intake", runs: [1, 20], run: leaveAndResume }];

/** What was read of a stream until it was left or ended. */
interface Read {
  readonly ids: readonly string[];
  readonly text: string;
  readonly isEnded: boolean;
}

async function leaveAndResume(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  const { socketPath } = await world.start();
  const words = Array.from({ length: 120 }, (_, index) => `word-${index} `).join("");
  world.model.script(() => ({ ...textReply(words), chunking: { seed: 1 + trial.index } }));
  const client = createClient({ socketPath });
  for (let round = 0; round < (trial.isFull ? 20 : 5); round += 1) {
    const idempotencyKey = `cut-${round}`;
    const reads: Read[] = [];
    while (!reads.some(({ isEnded }) => isEnded)) {
      const lastEventId = reads.at(-1)?.ids.at(-1);
      const most = 1 + Math.floor(trial.random.next() * 50);
      const stream = await client.stream({ message: "say it", sessionId: `http:cut-${round}` }, { idempotencyKey, ...(lastEventId === undefined ? {} : { lastEventId }) });
      reads.push(await readSome(stream, most));
    }
    const ids = reads.flatMap(({ ids: own }) => own);
    const text = reads.map((read) => read.text).join("");
    trial.expect(new Set(ids).size === ids.length, `nothing comes twice over ${reads.length} streams`);
    trial.expect(text === words, `and nothing is missing: ${text.length} of ${words.length} characters`);
  }
  trial.expect(await waitUntil(() => world.model.chats.length === (trial.isFull ? 20 : 5), 5_000), "the model is asked once for each");
  client.close();
}

async function readSome(stream: Awaited<ReturnType<ReturnType<typeof createClient>["stream"]>>, most: number): Promise<Read> {
  const ids: string[] = [];
  let text = "";
  let isEnded = false;
  for await (const { id, event } of stream) {
    ids.push(id);
    if (event.type === "text-delta") text += event.text;
    isEnded = event.type === "turn-end";
    if (isEnded || ids.length >= most) break;
  }
  await stream.close();
  return { ids, text, isEnded };
}
