import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What `state/gateway.json` says of the gateway that holds the home. */
export interface GatewayFile {
  readonly url: string;
  /** Path of the owner's socket. */
  readonly socket: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly version: string;
}

const fileName = "gateway.json";

/** Writes the file, mode 0600, in one step: a reader sees the old one or the new one. Only who holds the home writes it. */
export async function writeGatewayFile(stateFolder: string, content: GatewayFile): Promise<void> {
  const temporary = join(stateFolder, `.${fileName}.${content.pid}`);
  try {
    await writeFile(temporary, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
    await rename(temporary, join(stateFolder, fileName));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Removes the file; call it while still holding the home, so that it is never a successor's. */
export async function removeGatewayFile(stateFolder: string): Promise<void> {
  await rm(join(stateFolder, fileName), { force: true });
}
