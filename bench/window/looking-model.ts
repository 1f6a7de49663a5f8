import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";

/** Rounds of calls in a turn, and calls in a round. */
export const rounds = 4;
export const callsPerRound = 5;

/** A model over HTTP that calls twenty tools in a turn and then says so, and how long it had each turn to itself. */
export interface LookingModel {
  readonly url: string;
  /** Milliseconds since the last asking that requests spent here. */
  takeSpent(): number;
  /** Characters of the largest request since the last asking. */
  takeLargest(): number;
  close(): void;
}

/** Starts the model. A turn is known by its number in the person's words, "look at pages, number 7". */
export async function createLookingModel(): Promise<LookingModel> {
  let spent = 0;
  let largest = 0;
  // Rounds that are done, by the number in the person's words: what is shown of a turn may have been cut.
  const done = new Map<string, number>();
  const server = createServer((request, response) => {
    const start = performance.now();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.on("close", () => (spent += performance.now() - start));
      if (request.url?.endsWith("/models") === true) {
        response.end(JSON.stringify({ data: [{ id: "bench" }] }));
        return;
      }
      const body = Buffer.concat(chunks).toString();
      largest = Math.max(largest, body.length);
      const number = [...body.matchAll(/look at pages, number (\d+)/g)].at(-1)?.[1] ?? "";
      const round = done.get(number) ?? 0;
      done.set(number, round + 1);
      response.setHeader("content-type", "text/event-stream");
      response.end(toReply(number !== "" && round < rounds ? round : undefined, body.length));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    takeSpent() {
      const before = spent;
      spent = 0;
      return before;
    },
    takeLargest() {
      const before = largest;
      largest = 0;
      return before;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The calls of a round, or the answer where there is none. */
function toReply(round: number | undefined, characters: number): string {
  const toCall = (index: number, number: number): object => ({ index, id: `c${number}`, type: "function", function: { name: "page__show", arguments: JSON.stringify({ number }) } });
  const delta = round === undefined ? { content: "looked" } : { tool_calls: Array.from({ length: callsPerRound }, (_, index) => toCall(index, round * callsPerRound + index)) };
  const chunk = { id: "r", object: "chat.completion.chunk", created: 1, model: "bench", choices: [{ index: 0, delta: { role: "assistant", ...delta }, finish_reason: null }] };
  const end = { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: round === undefined ? "stop" : "tool_calls" }], usage: { prompt_tokens: Math.round(characters / 4), completion_tokens: 5, total_tokens: 5 } };
  return `data: ${JSON.stringify(chunk)}\n\ndata: ${JSON.stringify(end)}\n\ndata: [DONE]\n\n`;
}
