import { createServer } from "node:http";
import Database from "better-sqlite3";
import OpenAI from "openai";
import { toPage } from "./page-tool.ts";

type Message = OpenAI.Chat.Completions.ChatCompletionMessageParam;

/**
 * The least program that looks at pages for a model durably: HTTP in, the
 * message forced to the disk, then round by round the model asked as a stream
 * with as many characters of what was said before as it is told to show, its
 * calls run, and reply and results forced to the disk together; HTTP out.
 * Takes the database's path, the model's URL and those characters, prints its
 * port.
 */
const [, , file = "", model = "", shownCharacters = "0"] = process.argv;
const database = new Database(file);
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT, shown TEXT)");
const insert = database.prepare("INSERT INTO message (text, shown) VALUES (?, ?)");
const last = database.prepare("SELECT shown FROM message ORDER BY id DESC LIMIT 400");
const client = new OpenAI({ baseURL: model, apiKey: "none" });
/** What is shown of a long result. */
const headCharacters = 2_000;

const append = database.transaction((messages: readonly Message[]) => {
  for (const message of messages) {
    const text = JSON.stringify(message);
    insert.run(text, text.length > headCharacters ? JSON.stringify({ ...message, content: (message.content as string).slice(0, headCharacters) }) : text);
  }
});

/** The newest messages that the characters hold, the oldest first; results whose calls are not among them are left out. */
function toShown(): Message[] {
  const shown: Message[] = [];
  let characters = 0;
  for (const row of last.all() as readonly { readonly shown: string }[]) {
    characters += row.shown.length;
    if (characters > Number(shownCharacters)) break;
    shown.push(JSON.parse(row.shown) as Message);
  }
  const messages = shown.toReversed();
  return messages.slice(messages.findIndex(({ role }) => role !== "tool"));
}

async function ask(): Promise<OpenAI.Chat.Completions.ChatCompletionAssistantMessageParam> {
  const stream = await client.chat.completions.create({ model: "bench", stream: true, stream_options: { include_usage: true }, messages: toShown() });
  let content = "";
  const calls = new Map<number, { id: string; type: "function"; function: { name: string; arguments: string } }>();
  for await (const chunk of stream) {
    content += chunk.choices[0]?.delta.content ?? "";
    for (const { index, id = "", function: said } of chunk.choices[0]?.delta.tool_calls ?? []) calls.set(index, { id, type: "function", function: { name: said?.name ?? "", arguments: said?.arguments ?? "" } });
  }
  return { role: "assistant", content, ...(calls.size === 0 ? {} : { tool_calls: [...calls.values()] }) };
}

async function answer(text: string): Promise<string> {
  append([{ role: "user", content: text }]);
  for (;;) {
    const reply = await ask();
    const results: Message[] = (reply.tool_calls ?? []).map((call) => ({ role: "tool", tool_call_id: call.id, content: toPage(Number((JSON.parse("function" in call ? call.function.arguments : "{}") as { readonly number: number }).number)) }));
    append([reply, ...results]);
    if (results.length === 0) return reply.content as string;
  }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", async () => {
    const { message } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly message: string };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ output: await answer(message), status: "completed" }));
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}` })}\n`);
});
