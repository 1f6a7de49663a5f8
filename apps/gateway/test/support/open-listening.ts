import { onTestFinished } from "vitest";
import type { ListenLimits, Listener } from "../../src/listen.ts";
import type { OpenGateway, OpenRuntimeOptions } from "./open-gateway.ts";
import type { GatewayOptions } from "../../src/create-gateway.ts";
import type { RawConnection } from "./raw-connection.ts";
import { listen } from "../../src/listen.ts";
import { openGateway } from "./open-gateway.ts";
import { openRaw } from "./raw-connection.ts";

/** A gateway on a port of its own. */
export interface Listening extends OpenGateway {
  readonly port: number;
  readonly url: string;
  readonly listener: Listener;
  raw(): RawConnection;
  /** A request with the usual token, up to the empty line. */
  head(line: string, ...headers: readonly string[]): string;
}

export async function openListening(options: OpenRuntimeOptions & { readonly gateway?: Partial<GatewayOptions> } = {}, limits: Partial<ListenLimits> = {}): Promise<Listening> {
  const open = await openGateway(options);
  const listener = await listen(open.gateway, { host: "127.0.0.1", port: 0 }, limits);
  onTestFinished(() => listener.close(0));
  const { port } = listener;
  const raw = (): RawConnection => {
    const connection = openRaw({ host: "127.0.0.1", port });
    onTestFinished(() => void connection.socket.destroy());
    return connection;
  };
  const head = (line: string, ...headers: readonly string[]): string =>
    [`${line} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${open.token}`, ...headers, "", ""].join("\r\n");
  return { ...open, port, url: `http://127.0.0.1:${port}`, listener, raw, head };
}
