import { createServer } from "node:http";
import Database from "better-sqlite3";
import OpenAI from "openai";

/**
 * The least program that answers a message durably: HTTP in, one appended row
 * forced to the disk, the last twenty turns read, the model asked as a stream,
 * a second row forced to the disk, HTTP out. Rows of one turn of the event
 * loop share a commit. Takes the database's path and the model's URL, prints
 * its port.
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

async function answer(session: string, text: string): Promise<string> {
  await append(session, "user", text);
  const earlier = (last.all(session) as readonly { readonly role: "user" | "assistant"; readonly text: string }[]).toReversed();
  const stream = await client.chat.completions.create({ model: "bench", stream: true, stream_options: { include_usage: true }, messages: earlier.map((turn) => ({ role: turn.role, content: turn.text })) });
  let output = "";
  for await (const chunk of stream) output += chunk.choices[0]?.delta.content ?? "";
  await append(session, "assistant", output);
  return output;
}

const server = createServer((request, response) => {
  if (request.url === "/healthz") return response.end();
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", async () => {
    const { message, session_id } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly message: string; readonly session_id: string };
    const output = await answer(session_id, message);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ output, session_id, status: "completed" }));
  });
  return undefined;
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" && address !== null ? address.port : 0}\n`);
});
