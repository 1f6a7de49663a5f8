import type { Host } from "@omni/core";
import type { PastInputs } from "./line-editor.ts";

/** Name of the file in the state folder of the home: a JSON string a line, oldest first. Who wants it closed to others makes it so beforehand; its rights are kept. */
export const historyFile = "terminal-history.jsonl";

/** Most UTF-16 units of an entry, and most bytes of the file that are read: what is longer is not kept. */
const mostLength = 8_192;
const mostBytes = 4_194_304;

/** What a person has written before, kept in the home. A file that cannot be read or written is no fault of the chat: it is logged, and the entries of this life remain. */
export interface InputHistory extends PastInputs {
  add(text: string): void;
  /** Resolves when what was added is on disk, or surely will not be. */
  settled(): Promise<void>;
}

/** Reads the history of a home; at most `most` entries are kept. Several chats may add to one file: each reads it anew before it writes. */
export async function openInputHistory({ files, paths, log, secrets }: Pick<Host, "files" | "paths" | "log" | "secrets">, most: number): Promise<InputHistory> {
  const read = async (): Promise<readonly string[]> => {
    const bytes = await files.within(paths.state).read(historyFile, { limit: mostBytes });
    return new TextDecoder().decode(bytes).split("\n").flatMap(toEntry);
  };
  const readOrNothing = (): Promise<readonly string[]> => read().catch(() => []);
  let entries = most === 0 ? [] : (await readOrNothing()).slice(-most);
  let writing: Promise<void> = Promise.resolve();
  const write = async (text: string): Promise<void> => {
    const kept = [...(await readOrNothing()).filter((entry) => entry !== text), text].slice(-most);
    await files.within(paths.state).write(historyFile, kept.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  };
  return {
    entries: () => entries,
    add(given) {
      // As in shells: what begins with a space is not to be remembered.
      if (most === 0 || given.length > mostLength || given.startsWith(" ")) return;
      const text = secrets.redact(given);
      entries = [...entries.filter((entry) => entry !== text), text].slice(-most);
      writing = writing.then(() => write(text)).catch((error: unknown) => log.warn("The history of the terminal was not kept.", { reason: error instanceof Error ? error.message : "unknown" }));
    },
    settled: () => writing,
  };
}

/** The entry of a line; a line that is none is passed over. */
function toEntry(line: string): readonly string[] {
  if (line === "") return [];
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "string" && value !== "" ? [value] : [];
  } catch {
    return [];
  }
}
