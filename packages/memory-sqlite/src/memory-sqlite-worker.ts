import { parentPort, workerData } from "node:worker_threads";
import type { EnginePlace, LocalEngine } from "./engine-access.ts";
import type { EngineReply, EngineRequest } from "./engine-messages.ts";
import { openEngine } from "./engine-access.ts";
import { toMemoryError } from "./memory-error.ts";

/** The thread that holds a large memory's database: it opens it, then answers calls one after another until `close`. */
async function serve(place: EnginePlace): Promise<void> {
  const reply = (message: EngineReply): void => parentPort?.postMessage(message, []);
  const attempt = async (id: number, body: () => unknown): Promise<void> => {
    try {
      reply({ id, value: await body() });
    } catch (error) {
      const { message, retryable } = toMemoryError(error, place.path);
      reply({ id, error: { message, retryable } });
    }
  };
  const opened: { engine?: LocalEngine } = {};
  const end = async (): Promise<void> => {
    await opened.engine?.close();
    // With its port closed nothing is left to wait for, and the thread ends.
    setImmediate(() => parentPort?.close());
  };
  parentPort?.on("message", ({ id, name, values }: EngineRequest) => void attempt(id, () => (name === "close" ? end() : opened.engine?.apply(name, values))));
  await attempt(0, async () => {
    opened.engine = await openEngine(place);
  });
}

await serve(workerData as EnginePlace);
