import type { Server } from "node:http";
import { createServer } from "node:http";
import type { Embedder } from "@omni/core";
import type { FakeHost } from "@omni/testkit/fakes";
import { createFakeHost, createHashEmbedder, createManualClock } from "@omni/testkit/fakes";
import { onTestFinished } from "vitest";
import { createOpenAIEmbedder, openAIEmbedderOptions } from "../src/index.ts";

/** What the server got. */
export interface EmbeddingsRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly input: readonly string[];
}

/** How the server answers one request; `items` replaces the data, `hang` never answers. */
export interface EmbeddingsAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly raw?: string;
  readonly hang?: boolean;
  readonly reset?: boolean;
  readonly items?: (vectors: readonly (readonly number[])[]) => unknown;
}

/** A fake embeddings endpoint over real HTTP. */
export interface EmbeddingsServer {
  readonly url: string;
  readonly requests: readonly EmbeddingsRequest[];
  /** Answers for the next requests, in order; what is not said is answered rightly. */
  script(...answers: readonly EmbeddingsAnswer[]): void;
  /** Resolves when the next request has come. */
  arrived(): Promise<void>;
  close(): Promise<void>;
}

/** Numbers of its vectors. */
export const dimensions = 32;

/** Starts the server on a free port of this machine. */
export async function createEmbeddingsServer(): Promise<EmbeddingsServer> {
  const requests: EmbeddingsRequest[] = [];
  const answers: EmbeddingsAnswer[] = [];
  const waiting: (() => void)[] = [];
  const hashes = createHashEmbedder(dimensions);
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body: Record<string, unknown> = JSON.parse(Buffer.concat(chunks).toString());
      const input = Array.isArray(body["input"]) ? body["input"].map(String) : [];
      requests.push({ path: request.url ?? "", headers: request.headers, body, input });
      const answer = answers.shift() ?? {};
      for (const tell of waiting.splice(0)) tell();
      if (answer.hang === true) return;
      if (answer.reset === true) return void request.socket.resetAndDestroy();
      const vectors = (await hashes.embed(input, new AbortController().signal)).map((vector) => [...vector]);
      const data = answer.items === undefined ? vectors.map((embedding, index) => ({ object: "embedding", index, embedding })) : answer.items(vectors);
      response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
      response.end(answer.raw ?? JSON.stringify(answer.body ?? { object: "list", data, model: body["model"], usage: { prompt_tokens: 1, total_tokens: 1 } }));
    })().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${toPort(server)}/v1`,
    requests,
    script: (...more) => void answers.push(...more),
    arrived: () => new Promise((resolve) => waiting.push(resolve)),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A host on whose clock waiting between tries takes no time, and is written down. */
export function createPromptHost(): { readonly host: FakeHost; readonly waits: readonly number[] } {
  const manual = createManualClock();
  const waits: number[] = [];
  const sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    waits.push(milliseconds);
    signal?.throwIfAborted();
  };
  const clock = { ...manual, sleep, get pending() { return manual.pending; } };
  return { host: createFakeHost({ clock }), waits };
}

/** A server, an embedder that asks it, and what happened between; they end with the test. */
export async function createHarness(given: Readonly<Record<string, unknown>> = {}): Promise<{ readonly server: EmbeddingsServer; readonly embedder: Embedder; readonly host: FakeHost; readonly waits: readonly number[] }> {
  const server = await createEmbeddingsServer();
  const { host, waits } = createPromptHost();
  const embedder = createOpenAIEmbedder(openAIEmbedderOptions.parse({ baseUrl: server.url, model: "fake", dimensions, ...given }), host);
  onTestFinished(async () => {
    await embedder.close();
    await server.close();
  });
  return { server, embedder, host, waits };
}

function toPort(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
