import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { OpenGateway, OpenRuntimeOptions } from "../../../apps/gateway/test/support/open-gateway.ts";
import { openGateway, temporaryFolder } from "../../../apps/gateway/test/support/open-gateway.ts";
import { listen } from "../../../apps/gateway/src/listen.ts";
import type { Client } from "../src/index.ts";
import { createClient } from "../src/index.ts";
import { createClientOver } from "../src/create-client.ts";
import { createFetchTransport } from "../src/fetch-transport.ts";

/** Every way to a gateway: `fetch` is over TCP too, where there is no Node. */
export const ways = ["tcp", "fetch", "socket"] as const;

/** A gateway that listens, and a client of it. */
export interface OpenClient extends OpenGateway {
  readonly client: Client;
  /** What the client was made with. */
  readonly url: string;
  readonly socketPath: string;
  /** Ends every connection, as a death would. */
  cut(): Promise<void>;
}

/** Opens a real gateway over fakes that listens both ways, with a client that comes one of them; the token has every scope but admin. */
export async function openClient(way: (typeof ways)[number], options: OpenRuntimeOptions = {}): Promise<OpenClient> {
  const open = await openGateway(options);
  const socketPath = join(temporaryFolder("omni-client-"), "omni.sock");
  const tcp = await listen(open.gateway, { host: "127.0.0.1", port: 0 });
  const socket = await listen(open.gateway, { path: socketPath });
  const url = `http://127.0.0.1:${tcp.port}`;
  const client = way === "fetch" ? createClientOver(createFetchTransport(url, open.token)) : createClient(way === "tcp" ? { url, token: open.token } : { socketPath });
  const cut = async (): Promise<void> => void (await Promise.all([tcp.close(0), socket.close(0)]));
  onTestFinished(async () => {
    client.close();
    await cut();
  });
  return { ...open, client, url, socketPath, cut };
}
