import { open } from "node:fs/promises";
import { join } from "node:path";
import { historyFile } from "@omni/channel-terminal";

/** Makes the file of what was written, for its owner alone, where there is none. What cannot be made is no fault of the chat. */
export async function keepHistoryPrivate(state: string): Promise<void> {
  try {
    const file = await open(join(state, historyFile), "ax", 0o600);
    await file.close();
  } catch {
    // It is there already, or the folder takes no file: then nothing is kept.
  }
}
