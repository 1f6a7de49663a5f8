import { Agent, request } from "node:http";
import { performance } from "node:perf_hooks";
import type { ServerProgram } from "./programs.ts";

/** What one stretch of load gave. */
export interface Drive {
  /** Turns a second, over the whole stretch. */
  readonly rate: number;
  /** Milliseconds each. */
  readonly latencies: readonly number[];
}

/** How hard, and how long. */
export interface DriveOptions {
  readonly sessions: number;
  readonly seconds: number;
  /** Names the sessions, so that two stretches do not meet in one. */
  readonly name: string;
  /** Turns a second of all sessions together, at most; as many as it can where absent. */
  readonly pace?: number;
}

/** Turns in one session; then another is begun, so that what a turn has to read does not grow. */
const turnsASession = 20;

/** Has each session send one message after another. */
export async function drive(server: ServerProgram, { sessions, seconds, name, pace }: DriveOptions): Promise<Drive> {
  const agent = new Agent({ keepAlive: true, maxSockets: sessions + 4 });
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1_000;
  const gap = pace === undefined ? 0 : (sessions / pace) * 1_000;
  const talk = async (session: number): Promise<void> => {
    for (let turn = 0; performance.now() < end; turn += 1) {
      const due = start + (turn + session / sessions) * gap;
      if (gap > 0) await until(due);
      const begun = performance.now();
      const body = await send(server, agent, { path: "/message", body: JSON.stringify({ message: `Turn ${turn} of a talk about the weather and the sea.`, session_id: `http:${name}-${session}-${Math.floor(turn / turnsASession)}` }) });
      latencies.push(performance.now() - begun);
      if (!body.includes('"status":"completed"')) throw new Error(`a turn of the benchmark was answered with ${body.slice(0, 300)}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: sessions }, (_, session) => talk(session)));
    return { rate: latencies.length / ((performance.now() - start) / 1_000), latencies };
  } finally {
    agent.destroy();
  }
}

async function until(at: number): Promise<void> {
  const wait = at - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}

/** One request; resolves with the body of its answer. A connection that was kept and closed at the other end in the same moment is no failure: it is sent again. */
export async function send(server: Pick<ServerProgram, "url" | "token">, agent: Agent, what: { readonly path: string; readonly body?: string }): Promise<string> {
  return (await sendOnce(server, agent, what)) ?? send(server, agent, what);
}

/** Undefined where a connection that was used before was reset. */
function sendOnce({ url, token }: Pick<ServerProgram, "url" | "token">, agent: Agent, { path, body }: { readonly path: string; readonly body?: string }): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }) };
    const call = request(url + path, { agent, method: body === undefined ? "GET" : "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve(text)).once("error", reject);
    });
    call.once("error", (error) => (call.reusedSocket && "code" in error && error.code === "ECONNRESET" ? resolve(undefined) : reject(error)));
    call.end(body);
  });
}
