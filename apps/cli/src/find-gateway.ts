import { lstat, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "@omni/client";
import type { Terminal } from "./terminal.ts";

/** Longest that a gateway may take to say that it is ready, in milliseconds: one that hangs is left alone. */
const patienceMs = 2_000;

/** The gateway of the home with this state folder, when one runs and takes messages. What a dead one left behind is none. */
export async function findGateway(stateFolder: string, { after }: Pick<Terminal, "after">): Promise<Client | undefined> {
  const socketPath = await readSocketPath(join(stateFolder, "gateway.json"));
  if (socketPath === undefined) return undefined;
  const { createClient } = await import("@omni/client");
  const client = createClient({ socketPath });
  const waiting = new AbortController();
  const callOff = after(patienceMs, () => waiting.abort());
  try {
    if (await client.isReady({ signal: waiting.signal })) return client;
  } catch {
    // It did not answer in time.
  } finally {
    callOff();
  }
  client.close();
  return undefined;
}

/** The socket that the file names, where it is one of the same owner as the file: a path in a folder for everybody may have become somebody else's. */
export async function readSocketPath(file: string): Promise<string | undefined> {
  try {
    const told: unknown = JSON.parse(await readFile(file, "utf8"));
    if (typeof told !== "object" || told === null || !("socket" in told) || typeof told.socket !== "string") return undefined;
    const [own, socket] = await Promise.all([stat(file), lstat(told.socket)]);
    return socket.uid === own.uid ? told.socket : undefined;
  } catch {
    return undefined;
  }
}
