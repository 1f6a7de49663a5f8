import type { Clock } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Runtime, RuntimeOptions } from "@omni/runtime";
import type { Gateway } from "./create-gateway.ts";
import type { Listener } from "./listen.ts";
import type { OwnerSocket } from "./owner-socket.ts";
import { createGateway } from "./create-gateway.ts";
import { isLoopbackHost, isPublicHost, isWildcard, toKnownHosts, toUrlHost } from "./check-origin.ts";
import { listen } from "./listen.ts";
import { listenForOwner } from "./owner-socket.ts";
import { removeGatewayFile, writeGatewayFile } from "./gateway-file.ts";

/** How long running turns may take to end when the gateway goes down, and responses after that to leave, in milliseconds. */
const drainMs = 25_000;
const graceMs = 1_000;

/** How long after the start what the first request needs is loaded, in milliseconds. */
const warmUpMs = 100;

/** What a gateway is served with. */
export interface ServeGatewayOptions {
  /** Not yet recovered; the gateway closes it when it closes. */
  readonly runtime: Runtime;
  readonly config: Pick<RuntimeOptions["config"], "gateway">;
  /** The host's clock. */
  readonly clock: Clock;
  /** This process, named to whoever finds the home held. */
  readonly pid: number;
  /** The program's version, for `state/gateway.json`. */
  readonly version: string;
  /**
   * Names under which a proxy that ends TLS reaches this gateway. Naming one
   * is what allows to listen beyond loopback.
   */
  readonly publicHosts?: readonly string[];
  /** Told, after the start too, what is at fault in the configuration and stops nothing else: a channel that is left out. */
  readonly warn?: (warning: string) => void;
  /** Closes the gateway when aborted, as `close` does. */
  readonly signal?: AbortSignal;
}

/** A gateway that is up. */
export interface ServedGateway {
  /** Where programs of this machine reach it: `http://127.0.0.1:7777`. */
  readonly url: string;
  readonly socketPath: string;
  /** Resolves when it is down, however that came about. */
  readonly closed: Promise<void>;
  /** Takes no more messages, lets running turns end for at most 25 s, so that with what follows it is over within 30,, parks the rest, frees everything. Idempotent. */
  close(): Promise<void>;
}

interface Served {
  readonly runtime: Runtime;
  readonly gateway: Gateway;
  readonly listeners: readonly Listener[];
}

/**
 * Takes the home, listens, and takes up what a dead gateway left, last of all:
 * a start that fails has begun no turn. Requests wait until then. When it
 * resolves the gateway is ready. Throws `home.held`, `config.invalid` for a
 * host beyond loopback without `publicHosts` or for one of them that is no
 * name, `gateway.bind`; then nothing listens, and the runtime is the caller's
 * to close.
 */
export async function serveGateway(options: ServeGatewayOptions): Promise<ServedGateway> {
  const { runtime, config, clock, pid, version, publicHosts = [], signal } = options;
  const { host, port, maxBodyBytes } = config.gateway;
  checkExposure(host, publicHosts);
  await runtime.holdHome({ pid });
  const gateway = createGateway(runtime, { clock, maxBodyBytes, hosts: toKnownHosts([host, ...publicHosts]) });
  const opening = Promise.withResolvers<void>();
  const held: Gateway = { ...gateway, fetch: async (...request) => opening.promise.then(() => gateway.fetch(...request)) };
  const listeners: Listener[] = [];
  let url: string;
  let socket: OwnerSocket;
  let recovered: number;
  try {
    const tcp = await listen(held, { host, port });
    listeners.push(tcp);
    socket = await listenForOwner(held, runtime.paths.state);
    listeners.push(socket);
    url = toUrl(host, tcp.port);
    await writeGatewayFile(runtime.paths.state, { url, socket: socket.path, pid, startedAt: new Date(clock.now()).toISOString(), version });
    recovered = await runtime.recover();
  } catch (error) {
    await Promise.all([removeGatewayFile(runtime.paths.state), ...listeners.map((listener) => listener.close(0))]);
    throw error;
  }
  gateway.enter("ready");
  opening.resolve();
  runtime.startChannels(options.warn);
  // Not waited for: a server that is slow holds up no start. It never rejects.
  void runtime.listed();
  clock.after(warmUpMs, () => void Promise.all(listeners.map((listener) => listener.warm())));
  runtime.log.info("the gateway is ready", { url, recovered });
  const closing = createClosing({ runtime, gateway, listeners }, signal);
  return { url, socketPath: socket.path, ...closing };
}

function createClosing(served: Served, signal: AbortSignal | undefined): Pick<ServedGateway, "close" | "closed"> {
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  closed.catch(() => undefined);
  let isClosing = false;
  const end = (reason?: OmniError): void => {
    if (!isClosing) shut(served).then(() => (reason === undefined ? resolve() : reject(reason)), reject);
    isClosing = true;
    signal?.removeEventListener("abort", onAbort);
    unsubscribe();
  };
  const close = (): Promise<void> => {
    end();
    return closed;
  };
  const unsubscribe = served.runtime.onHomeLost(end);
  const onAbort = (): void => void close();
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted === true) onAbort();
  return { close, closed };
}

/** The socket is given up before the home is, so that its path is never a successor's; responses that wait for turns leave when the runtime parks them. */
async function shut({ runtime, gateway, listeners }: Served): Promise<void> {
  gateway.enter("draining");
  await runtime.drain(drainMs);
  gateway.enter("closed");
  const gone = Promise.all([removeGatewayFile(runtime.paths.state), ...listeners.map((listener) => listener.close(graceMs))]);
  gone.catch(() => undefined);
  await runtime.close();
  await gone;
}

/** A token travels in the clear over plain HTTP, so beyond this machine there must be a proxy that ends TLS. */
function checkExposure(host: string, publicHosts: readonly string[]): void {
  const odd = publicHosts.find((each) => !isPublicHost(each));
  if (odd !== undefined) throw new OmniError("config.invalid", `--public-host ${JSON.stringify(odd.slice(0, 80))} is no name that a proxy serves: write its host alone, such as agent.example, without scheme, port or path.`);
  if (isLoopbackHost(host) || publicHosts.length > 0) return;
  throw new OmniError("config.invalid", `gateway.host ${JSON.stringify(host)} is reachable beyond this machine, and the gateway speaks plain HTTP: put a proxy with TLS in front and name the host it serves (--public-host NAME), or listen on 127.0.0.1.`);
}

function toUrl(host: string, port: number): string {
  const name = toUrlHost(host);
  if (name === "[::]") return `http://[::1]:${port}`;
  return `http://${isWildcard(name) ? "127.0.0.1" : name}:${port}`;
}
