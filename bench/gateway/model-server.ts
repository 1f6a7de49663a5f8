import { createServer } from "node:http";

/**
 * A model without delay, as a program of its own: prints its port, then
 * answers chat completions as a stream. A message that ends in `say N` gets N
 * words, one a chunk, with `slowly` behind it one every 20 ms; any other gets
 * one.
 */
const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ object: "list", data: [{ id: "bench", object: "model", created: 1, owned_by: "bench" }] }));
    return;
  }
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString();
    // Linear in the body: a regular expression that looks for the last one itself is not, and would measure the model.
    const words = Number([...body.matchAll(/say (\d+)/g)].at(-1)?.[1] ?? 1);
    response.writeHead(200, { "content-type": "text/event-stream" });
    void answer(words, /say \d+ slowly/.test(body));
  });
  const say = (delta: object, finish: string | null): string => `data: ${JSON.stringify({ id: "r", object: "chat.completion.chunk", created: 1, model: "bench", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  async function answer(words: number, isSlow: boolean): Promise<void> {
    for (let word = 0; word < words; word += 1) {
      if (isSlow && word > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const more = response.write(say({ ...(word === 0 ? { role: "assistant" } : {}), content: "word " }, null));
      if (!more) await new Promise<void>((resolve) => response.once("drain", resolve));
    }
    const usage = { id: "r", object: "chat.completion.chunk", created: 1, model: "bench", choices: [], usage: { prompt_tokens: 100, completion_tokens: words, total_tokens: 100 + words } };
    response.end(`${say({}, "stop")}data: ${JSON.stringify(usage)}\n\ndata: [DONE]\n\n`);
  }
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" && address !== null ? address.port : 0}\n`);
});
