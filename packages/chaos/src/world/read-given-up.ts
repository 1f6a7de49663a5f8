import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** What the gateway logs of a row of its outbox that was interrupted twice while it was sent; the row's id begins with its turn's. */
const givenUp = /not sent a third time.*"id":"([^":]+):/g;

/** Turns of which the log of a home says so. */
export async function readGivenUp(home: string): Promise<ReadonlySet<string>> {
  const folder = join(home, "state", "logs");
  const files = await readdir(folder).catch(() => []);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8").catch(() => "")));
  return new Set(texts.flatMap((text) => [...text.matchAll(givenUp)].map(([, turnId = ""]) => turnId)));
}
