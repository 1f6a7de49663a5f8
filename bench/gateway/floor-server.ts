import type { ServerResponse } from "node:http";
import { createServer } from "node:http";
import Database from "better-sqlite3";
import OpenAI from "openai";

/**
 * The least program that answers a message durably: HTTP in, one appended row
 * forced to the disk, the last twenty turns read, the model asked as a stream,
 * a second row forced to the disk, HTTP out. Rows of one turn of the event
 * loop share a commit. As a chat completion it passes the stream on as it
 * comes. Takes the database's path and the model's URL, prints its port.
 */
const [, , file = "", model = ""] = process.argv;
const database = new Database(file);
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE turn (id INTEGER PRIMARY KEY, session TEXT, role TEXT, text TEXT); CREATE INDEX by_session ON turn (session, id)");
const insert = database.prepare("INSERT INTO turn (session, role, text) VALUES (?, ?, ?)");
const last = database.prepare("SELECT role, text FROM turn WHERE session = ? ORDER BY id DESC LIMIT 40");
const client = new OpenAI({ baseURL: model, apiKey: "none" });

interface Waiting {
  readonly row: readonly [string, string, string];
  done(): void;
}
let waiting: Waiting[] = [];
const commit = database.transaction((rows: readonly Waiting[]) => {
  for (const { row } of rows) insert.run(...row);
});

/** Resolves when the row is on the disk. */
function append(...row: [string, string, string]): Promise<void> {
  return new Promise((done) => {
    waiting.push({ row, done });
    if (waiting.length > 1) return;
    setImmediate(() => {
      const rows = waiting;
      waiting = [];
      commit(rows);
      for (const each of rows) each.done();
    });
  });
}

async function answer(session: string, text: string, tell: (piece: string) => void): Promise<string> {
  await append(session, "user", text);
  const earlier = (last.all(session) as readonly { readonly role: "user" | "assistant"; readonly text: string }[]).toReversed();
  const stream = await client.chat.completions.create({ model: "bench", stream: true, stream_options: { include_usage: true }, messages: earlier.map((turn) => ({ role: turn.role, content: turn.text })) });
  let output = "";
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content ?? "";
    output += piece;
    if (piece !== "") tell(piece);
  }
  await append(session, "assistant", output);
  return output;
}

interface Completion {
  readonly user: string;
  readonly messages: readonly { readonly content: string }[];
}

/** A streamed chat completion, piece by piece. */
async function complete({ user, messages }: Completion, response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const tell = (delta: object, finish: string | null): unknown => response.write(`data: ${JSON.stringify({ id: "floor", object: "chat.completion.chunk", created: 0, model: "bench", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
  await answer(user, messages.at(-1)?.content ?? "", (content) => tell({ content }, null));
  tell({}, "stop");
  response.end("data: [DONE]\n\n");
}

const server = createServer((request, response) => {
  if (request.url === "/healthz") return response.end();
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", async () => {
    const asked: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (request.url === "/v1/chat/completions") return complete(asked as Completion, response);
    const { message, session_id } = asked as { readonly message: string; readonly session_id: string };
    const output = await answer(session_id, message, () => undefined);
    response.setHeader("content-type", "application/json");
    return response.end(JSON.stringify({ output, session_id, status: "completed" }));
  });
  return undefined;
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" && address !== null ? address.port : 0}\n`);
});
