import { performance } from "node:perf_hooks";
import OpenAI from "openai";
import { createClient } from "@omni/client";
import type { Row } from "../report.ts";
import type { BenchPlace, ServerProgram } from "./programs.ts";
import { median } from "../measure.ts";
import { startFloor, startGateway } from "./programs.ts";
import { toRow } from "../report.ts";

const words = 20_000;
const pairs = 15;
const readers = 200;

/** How one stream went, in milliseconds from the request: when its first text came, and its end. */
interface Streamed {
  readonly firstMs: number;
  readonly endMs: number;
}

/** What the gateway adds to a stream over asking the model oneself, with the same client library, and what the least program between them adds; and whether many readers of one stream see all of it. */
export async function measureStreaming(place: BenchPlace): Promise<readonly Row[]> {
  const gateway = await startGateway(place, { memory: false });
  const between = await startFloor(place);
  try {
    const direct = new OpenAI({ baseURL: place.model.url, apiKey: "none" });
    const through = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.token ?? "" });
    const least = new OpenAI({ baseURL: `${between.url}/v1`, apiKey: "none" });
    const added: number[] = [];
    const firsts: { readonly subject: number; readonly floor: number }[] = [];
    const rates: { readonly subject: number; readonly floor: number }[] = [];
    for (let pair = -3; pair < pairs; pair += 1) {
      const slow = { subject: await streamOnce(through, `slow-${pair}`, "say 3 slowly"), floor: await streamOnce(direct, "none", "say 3 slowly") };
      const fast = { subject: await streamOnce(through, `fast-${pair}`, `say ${words}`), floor: await streamOnce(direct, "none", `say ${words}`) };
      const passed = await streamOnce(least, `slow-${pair}`, "say 3 slowly");
      if (pair < 0) continue;
      added.push(passed.firstMs - slow.floor.firstMs);
      firsts.push({ subject: slow.subject.firstMs, floor: slow.floor.firstMs });
      rates.push({ subject: (words / fast.subject.endMs) * 1_000, floor: (words / fast.floor.endMs) * 1_000 });
    }
    const missing = await countMissing(gateway);
    return [
      toRow("what the gateway adds to the first text of a stream", { value: median(firsts.map(({ subject, floor }) => subject - floor)), bound: 2, unit: "ms", floor: median(added), detail: `${median(firsts.map((each) => each.subject)).toFixed(1)} and ${median(firsts.map((each) => each.floor)).toFixed(1)} ms; the least program between adds ${median(added).toFixed(1)} ms` }),
      toRow("words a second of a stream: the openai package's own ÷ through the gateway", { value: median(rates.map(({ subject, floor }) => floor / subject)), bound: 1.25, unit: "×", detail: `${median(rates.map((each) => each.floor)).toFixed(0)} and ${median(rates.map((each) => each.subject)).toFixed(0)} a second` }),
      toRow(`readers of one turn's events, of ${readers}, that missed something`, { value: missing, bound: 0, unit: "readers" }),
    ];
  } finally {
    await Promise.all([gateway.stop(), between.stop()]);
  }
}

async function streamOnce(client: OpenAI, user: string, content: string): Promise<Streamed> {
  const start = performance.now();
  const stream = await client.chat.completions.create({ model: "bench", user, stream: true, messages: [{ role: "user", content }] });
  let first = 0;
  let text = "";
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content ?? "";
    if (piece !== "" && first === 0) first = performance.now();
    text += piece;
  }
  const end = performance.now();
  const said = text.trim().split(" ").length;
  if (!content.startsWith(`say ${said}`)) throw new Error(`a stream that was to ${content} words brought ${said}`);
  return { firstMs: first - start, endMs: end - start };
}

/** Readers that follow one turn while it runs and do not see each of its words. */
async function countMissing({ url, token = "" }: ServerProgram): Promise<number> {
  const client = createClient({ url, token });
  const turn = await client.submit({ message: `say ${words}`, sessionId: "http:readers" });
  const texts = await Promise.all(Array.from({ length: readers }, async () => {
    let text = "";
    for await (const { event } of (await client.follow(turn.turnId)) ?? []) {
      if (event.type === "text-reset") text = "";
      if (event.type === "text-delta") text += event.text;
    }
    return text;
  }));
  client.close();
  return texts.filter((text) => text.trim().split(" ").length !== words).length;
}
