import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Answer } from "./measure-retrieval.ts";
import { measureRetrieval } from "./measure-retrieval.ts";
import { readConversations } from "./conversations.ts";
import { toMean, toMetricsTable } from "./metrics.ts";

// `pnpm bench:memory --data FILE --out FILE [--embedder none|static|default] [--opening TEXT]`: how well the memory finds what answers a question, and what a message finds that begins with TEXT and ends with it.
const { values } = parseArgs({ options: { data: { type: "string" }, out: { type: "string" }, embedder: { type: "string", default: "default" }, opening: { type: "string" } } });
const { data, out, embedder, opening } = values;
if (data === undefined || (embedder !== "default" && embedder !== "none" && embedder !== "static")) {
  console.error("usage: pnpm bench:memory --data FILE [--out FILE] [--embedder none|static|default] [--opening TEXT]");
  process.exitCode = 2;
} else {
  const conversations = await readConversations(data);
  if (conversations === undefined) {
    console.log(`${data} is not here, so nothing was measured. The sets of conversations are not part of the repository; name a file of the form that bench/memory/README.md describes.`);
  } else {
    const answers = await measureRetrieval(conversations, embedder, opening);
    if (out !== undefined) await writeFile(out, answers.map(({ id, ranked }) => `${JSON.stringify({ id, ranked })}\n`).join(""));
    print(answers, embedder);
  }
}

function print(answers: readonly Answer[], used: string): void {
  const types = [...new Set(answers.map(({ type }) => type))].sort();
  const groups = types.map((type) => [type, answers.filter((answer) => answer.type === type).map(({ metrics }) => metrics)] as const);
  const macro = toMean(groups.map(([, all]) => toMean(all)));
  const times = answers.map(({ took }) => took).sort((left, right) => left - right);
  const at = (share: number): string => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(2);
  console.log(toMetricsTable([["all", answers.map(({ metrics }) => metrics)], ...groups]));
  console.log(`\nembedder: ${used} · macro nDCG@10 ${macro.ndcg10.toFixed(3)} · recall p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`);
}
