import { lstat, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "@omni/client";
import type { Terminal } from "./terminal.ts";

/** Longest that a gateway may take to say that it is ready, in milliseconds: one that hangs is left alone. */
const patienceMs = 2_000;

/** A gateway as its socket tells it: one that takes messages, one that lives and takes none (it starts, stops, hangs, or its store is damaged), or none. */
export type GatewaySight = { readonly kind: "ready"; readonly client: Client } | { readonly kind: "unready" } | { readonly kind: "none" };

/** The gateway of the home with this state folder, when one runs and takes messages. What a dead one left behind is none. */
export async function findGateway(stateFolder: string, terminal: Pick<Terminal, "after">): Promise<Client | undefined> {
  const sight = await lookForGateway(stateFolder, terminal);
  return sight.kind === "ready" ? sight.client : undefined;
}

/** How it stands with the gateway of the home with this state folder. */
export async function lookForGateway(stateFolder: string, { after }: Pick<Terminal, "after">): Promise<GatewaySight> {
  const socketPath = await readSocketPath(join(stateFolder, "gateway.json"));
  if (socketPath === undefined) return { kind: "none" };
  const { createClient } = await import("@omni/client");
  const client = createClient({ socketPath });
  const waiting = new AbortController();
  const { signal } = waiting;
  const callOff = after(patienceMs, () => waiting.abort());
  let isAlive: boolean;
  try {
    if (await client.isReady({ signal })) return { kind: "ready", client };
    isAlive = await client.isAlive({ signal });
  } catch {
    // It did not answer in time, but something has the socket.
    isAlive = true;
  } finally {
    callOff();
  }
  client.close();
  return { kind: isAlive ? "unready" : "none" };
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
