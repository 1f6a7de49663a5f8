#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { parseArgs } from "node:util";
import { OmniError, toOmniError } from "@omni/core";
import { createHost, createRegistry, createRuntime, loadConfig, prepareHome } from "@omni/runtime";
import { defaults, readServers, table } from "@omni/preset-default";
import { keepMemorySteady } from "./keep-memory-steady.ts";
import { serveGateway } from "./serve-gateway.ts";
import { toExitCode } from "./exit-code.ts";

/** What this program is told on its command line. */
interface Flags {
  readonly home?: string;
  readonly host?: string;
  readonly port?: string;
  readonly json?: boolean;
  readonly help?: boolean;
  readonly "public-host"?: readonly string[];
}

const usage = `omni-gateway: the gateway alone, for containers.

  --home DIR           the home folder (OMNI_HOME, else ~/.omni)
  --host ADDRESS       where to listen (gateway.host, else 127.0.0.1)
  --port NUMBER        0 picks a free one (gateway.port, else 7777)
  --public-host NAME   a name under which a proxy with TLS serves it; needed to
                       listen beyond this machine, may be given several times
  --json               the first line is { "url", "pid", "home" }

Exit codes: 0 stopped, 1 failed, 2 a wrong command line, configuration, home,
workspace or address, 4 another gateway holds the home.
`;

/** Runs the gateway until it is told to stop; resolves with the exit code. */
async function run(): Promise<number> {
  const stopping = new AbortController();
  // Once each: a second signal while draining ends the process at once, as if it were killed. The home recovers.
  for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(name, () => stopping.abort());
  // Nobody may be reading any more; that is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const flags = toFlags(process.argv.slice(2));
  if (flags.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  keepMemorySteady();
  await serve(flags, stopping.signal);
  return 0;
}

async function serve(flags: Flags, signal: AbortSignal): Promise<void> {
  const gateway = { ...(flags.host === undefined ? {} : { host: flags.host }), ...(flags.port === undefined ? {} : { port: toPort(flags.port) }) };
  const config = await loadConfig({
    env: process.env,
    cwd: process.cwd(),
    userHome: homedir(),
    ...(flags.home === undefined ? {} : { home: flags.home }),
    overrides: Object.keys(gateway).length === 0 ? {} : { gateway },
    defaults: defaults(process.env),
    readServers,
  });
  const remarks = await prepareHome(config.paths);
  const host = createHost({ paths: config.paths, secrets: process.env });
  try {
    const runtime = await createRuntime({ config, registry: createRegistry(table), host, process: { kind: "gateway", pid: process.pid } });
    const warn = (warning: string): void => void process.stderr.write(`omni-gateway: warning: ${warning}\n`);
    for (const warning of [...remarks, ...runtime.warnings]) warn(warning);
    try {
      const served = await serveGateway({ runtime, config, clock: host.clock, pid: process.pid, version: toVersion(), publicHosts: flags["public-host"] ?? [], warn, signal });
      const { url } = served;
      const { home } = config.paths;
      process.stdout.write(flags.json === true ? `${JSON.stringify({ url, pid: process.pid, home })}\n` : `omni-gateway listens on ${url} (pid ${process.pid}, home ${home})\n`);
      await served.closed;
    } finally {
      await runtime.close();
    }
  } finally {
    await host.close();
  }
}

function toFlags(argv: readonly string[]): Flags {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        home: { type: "string" },
        host: { type: "string" },
        port: { type: "string" },
        "public-host": { type: "string", multiple: true },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    return values;
  } catch (error) {
    throw new OmniError("usage.invalid", `${error instanceof Error ? error.message : String(error)}; see omni-gateway --help.`, { cause: error });
  }
}

function toPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new OmniError("usage.invalid", `--port takes a number from 0 to 65535; ${JSON.stringify(text)} is none.`);
}

function toVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest && typeof manifest.version === "string" ? manifest.version : "unknown";
}

try {
  process.exitCode = await run();
} catch (error) {
  const { code, message } = toOmniError(error);
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  else process.stderr.write(`omni-gateway: ${message}\n`);
  process.exitCode = toExitCode(code);
}
// Everything is closed now; a handle that something forgot must not keep the process.
setTimeout(() => process.exit(), 1_000).unref();
