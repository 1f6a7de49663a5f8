import type { Host } from "@omni/core";
import type { Connection } from "./connection.ts";
import type { DiagnosisReport } from "./diagnosis.ts";
import type { McpToolOptions } from "./mcp-tool-options.ts";
import { createDiagnosis } from "./diagnosis.ts";
import { isJsonObject, toBounded } from "./json-shape.ts";
import { listPages } from "./list-pages.ts";
import { registerSecrets } from "./server-secrets.ts";
import { toReason } from "./request-failure.ts";

/** Most characters of a reason. */
const reasonCharacters = 1_000;

/** What one try of a server gave. Secrets are redacted. */
export interface McpProbe {
  /** How it was spoken to; undefined where it never was. */
  readonly transport?: Connection["transport"];
  /** The version of the protocol that it chose. */
  readonly protocol?: string;
  /** What it calls itself. */
  readonly server?: { readonly name: string; readonly version: string };
  /** The names of its tools, as it lists them. */
  readonly tools: readonly string[];
  /** From the start to the end of the list, or to the failure. */
  readonly milliseconds: number;
  /** Why it failed; undefined where it did not. */
  readonly reason?: string;
  /** What to do about it. */
  readonly advice?: string;
  readonly diagnosis: DiagnosisReport;
}

/** How long to try. */
export interface ProbeOptions {
  /** Most milliseconds for all of it. */
  readonly timeoutMs: number;
  /** Aborted when nobody wants to know any more. */
  readonly signal?: AbortSignal;
}

/** Starts a server once, lists its tools and ends it again. It never rejects: what went wrong is in the answer. */
export async function probeMcpServer(options: McpToolOptions, host: Host, { timeoutMs, signal }: ProbeOptions): Promise<McpProbe> {
  const { clock } = host;
  const diagnosis = createDiagnosis((text) => host.secrets.redact(text));
  registerSecrets(options, host);
  const began = clock.monotonic();
  const ending = new AbortController();
  const callOff = clock.after(timeoutMs, () => ending.abort(new Error(`it did not answer within ${timeoutMs / 1_000} s`)));
  const abort = (): void => ending.abort(new Error("it was called off"));
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });
  let connection: Connection | undefined;
  let tools: readonly string[] = [];
  let failure: { readonly reason: string; readonly advice: string } | undefined;
  try {
    const { openConnection } = await import("./open-connection.ts");
    connection = await openConnection({ options, host, diagnosis }, { lost: (reason) => ending.abort(new Error(reason)), toolsChanged: () => undefined }, ending.signal);
    tools = await listTools(connection, { signal: ending.signal, timeoutMs });
  } catch (error) {
    const reason = host.secrets.redact(toBounded(toReason(ending.signal.aborted ? ending.signal.reason : error), reasonCharacters));
    failure = { reason, advice: toAdvice(reason, options) };
  } finally {
    callOff();
    signal?.removeEventListener("abort", abort);
  }
  const milliseconds = clock.monotonic() - began;
  await connection?.close();
  const { transport, protocol, server } = connection ?? {};
  return {
    tools,
    milliseconds,
    diagnosis: diagnosis.read(),
    ...(transport === undefined ? {} : { transport }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(server === undefined ? {} : { server }),
    ...failure,
  };
}

async function listTools(connection: Connection, options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<readonly string[]> {
  if (!connection.hasCapability("tools")) return [];
  const { items } = await listPages({ ask: (params) => connection.request("tools/list", params, options), key: "tools" });
  return items.flatMap((item) => (isJsonObject(item) && typeof item["name"] === "string" ? [item["name"]] : []));
}

/** The mend that fits what was seen. */
function toAdvice(reason: string, { type, command, timeoutMs }: McpToolOptions): string {
  if (/could not be started/.test(reason)) return `check that ${JSON.stringify(command)} is installed and on the PATH, or write its whole path, and that its folder (cwd) exists`;
  if (/HTTP 40[13]|refuses access/.test(reason)) return "check the key in its headers";
  if (/did not answer within/.test(reason)) return `give it more time with --timeout, or look at what it waits for; its calls may take ${timeoutMs} ms`;
  if (/process ended|closed its output/.test(reason)) return "run its command by hand and look at what it says; a server speaks the protocol on stdout and all else on stderr";
  if (/ENOTFOUND|EAI_AGAIN/.test(reason)) return "check the name in its url";
  if (/ECONNREFUSED/.test(reason)) return "start the server, or check the port in its url";
  return type === "stdio" ? "look at its stderr, and whether its command is an MCP server at all" : "check that its url is that of an MCP server; it often ends in /mcp or /sse";
}
