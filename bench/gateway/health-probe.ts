import { setPriority } from "node:os";
import { Agent } from "node:http";
import { send } from "./drive.ts";

/**
 * A program of its own that asks a server for its health every so many
 * milliseconds: `health-probe.ts URL EVERY_MS`. It writes a line when it has
 * begun; when its input ends it writes what each check took, in milliseconds,
 * as JSON. In the process of the load a check would wait for that one's work
 * too, and be charged to the server.
 */
async function probe(url: string, everyMs: number): Promise<void> {
  // Whoever watches a server is elsewhere and does not wait for its processors.
  try {
    setPriority(-10);
  } catch {
    // Without the right to it the figures are a little worse.
  }
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const took: number[] = [];
  const life = new AbortController();
  process.stdin.once("end", () => life.abort()).resume();
  for (let begun = performance.now(); !life.signal.aborted; begun = performance.now()) {
    await send({ url }, agent, { path: "/healthz" });
    took.push(performance.now() - begun);
    if (took.length === 1) process.stdout.write("begun\n");
    const wait = begun + everyMs - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  agent.destroy();
  // The first makes the connection.
  process.stdout.write(JSON.stringify(took.slice(1)));
}

const [, , url = "", everyMs = "10"] = process.argv;
await probe(url, Number(everyMs));
