import { performance } from "node:perf_hooks";
import OpenAI from "openai";
import { createClient } from "@omni/client";
import type { Row } from "../report.ts";
import type { BenchPlace, ServerProgram } from "./programs.ts";
import { median } from "../measure.ts";
import { startGateway } from "./programs.ts";
import { toRow } from "../report.ts";

const words = 2_000;
const pairs = 15;
const readers = 200;

/** How one stream went: when its first text came and how fast the rest, in milliseconds and words a second. */
interface Streamed {
  readonly firstMs: number;
  readonly rate: number;
}

/** What the gateway adds to a stream over asking the model oneself, with the same client library; and whether many readers of one stream see all of it. */
export async function measureStreaming(place: BenchPlace): Promise<readonly Row[]> {
  const gateway = await startGateway(place, { memory: false });
  try {
    const direct = new OpenAI({ baseURL: place.model.url, apiKey: "none" });
    const through = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.token ?? "" });
    const subjects: Streamed[] = [];
    const floors: Streamed[] = [];
    for (let pair = -1; pair < pairs; pair += 1) {
      const subject = await streamOnce(through, `stream-${pair}`);
      const floor = await streamOnce(direct, "none");
      if (pair < 0) continue;
      subjects.push(subject);
      floors.push(floor);
    }
    const missing = await countMissing(gateway);
    return [
      toRow("what the gateway adds to the first text of a stream", { value: median(subjects.map((each, index) => each.firstMs - (floors[index]?.firstMs ?? 0))), bound: 2, unit: "ms", detail: `${median(subjects.map((each) => each.firstMs)).toFixed(1)} and ${median(floors.map((each) => each.firstMs)).toFixed(1)} ms` }),
      toRow("words a second of a stream: the openai package's own ÷ through the gateway", { value: median(floors.map((each, index) => each.rate / (subjects[index]?.rate ?? Number.NaN))), bound: 1.25, unit: "×", detail: `${median(floors.map((each) => each.rate)).toFixed(0)} and ${median(subjects.map((each) => each.rate)).toFixed(0)} a second` }),
      toRow(`readers of one turn's events, of ${readers}, that missed something`, { value: missing, bound: 0, unit: "readers" }),
    ];
  } finally {
    await gateway.stop();
  }
}

async function streamOnce(client: OpenAI, user: string): Promise<Streamed> {
  const start = performance.now();
  const stream = await client.chat.completions.create({ model: "bench", user, stream: true, messages: [{ role: "user", content: `say ${words}` }] });
  let first = 0;
  let text = "";
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content ?? "";
    if (piece !== "" && first === 0) first = performance.now();
    text += piece;
  }
  const said = text.trim().split(" ").length;
  if (said !== words) throw new Error(`a stream of ${words} words brought ${said}`);
  return { firstMs: first - start, rate: words / ((performance.now() - first) / 1_000) };
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
