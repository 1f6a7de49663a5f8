import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { createFakeTerminal } from "./fake-terminal.ts";
import { findGateway, lookForGateway } from "../src/find-gateway.ts";

let state: string;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "omni-find-"));
});
afterEach(() => rm(state, { recursive: true, force: true }));

const socket = (): string => join(state, "omni.sock");
const tell = (content: unknown): Promise<void> => writeFile(join(state, "gateway.json"), typeof content === "string" ? content : JSON.stringify(content));

/** Something on the socket that does this with a request. */
async function serve(answer: RequestListener): Promise<void> {
  const server = createServer(answer).listen(socket());
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise((resolve) => server.once("listening", resolve));
}

const answerWith = (status: number): RequestListener => (_, response) => void response.writeHead(status).end();

test("finds the gateway that the home names and that is ready", async () => {
  await serve(answerWith(200));
  await tell({ socket: socket() });
  const client = await findGateway(state, createFakeTerminal());
  expect(await client?.isReady()).toBe(true);
  client?.close();
});

test("finds none where no file, a broken file or a file without a socket is", async () => {
  expect(await findGateway(state, createFakeTerminal())).toBeUndefined();
  for (const content of ["{", "null", "[]", { socket: 7 }, {}]) {
    await tell(content);
    expect(await findGateway(state, createFakeTerminal())).toBeUndefined();
  }
});

test("finds none where the socket has gone, or something else is in its place", async () => {
  await tell({ socket: socket() });
  expect(await findGateway(state, createFakeTerminal())).toBeUndefined();
  await writeFile(socket(), "");
  expect(await findGateway(state, createFakeTerminal())).toBeUndefined();
});

test.skipIf(process.getuid?.() !== 0)("finds none on a socket of somebody else", async () => {
  await serve(answerWith(200));
  await tell({ socket: socket() });
  await chown(socket(), 12_345, 12_345);
  expect(await findGateway(state, createFakeTerminal())).toBeUndefined();
});

test("tells one that lives and is not ready from none", async () => {
  await serve(({ url }, response) => void response.writeHead(url === "/healthz" ? 200 : 503).end());
  expect(await lookForGateway(state, createFakeTerminal())).toEqual({ kind: "none" });
  await tell({ socket: socket() });
  expect(await lookForGateway(state, createFakeTerminal())).toEqual({ kind: "unready" });
  expect(await findGateway(state, createFakeTerminal())).toBeUndefined();
});

test("takes something else on the socket for none", async () => {
  await serve(answerWith(503));
  await tell({ socket: socket() });
  expect(await lookForGateway(state, createFakeTerminal())).toEqual({ kind: "none" });
});

test("does not wait for one that hangs, and knows that it lives", async () => {
  const terminal = createFakeTerminal();
  await serve(() => terminal.runOut());
  await tell({ socket: socket() });
  expect(await lookForGateway(state, terminal)).toEqual({ kind: "unready" });
  expect(await findGateway(state, terminal)).toBeUndefined();
});
