import { chmod, lstat, mkdtemp, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { OmniError } from "@omni/core";
import type { Gateway } from "./create-gateway.ts";
import type { Listener } from "./listen.ts";
import { listen } from "./listen.ts";

/** Most bytes of a socket's path that every system takes (macOS: 104 with the end). */
const mostPathBytes = 100;

/** The owner's way in. */
export interface OwnerSocket extends Listener {
  readonly path: string;
}

/**
 * Listens on the owner's socket, mode 0600, in the state folder, or in a
 * private temporary folder where the path would be too long. Call it only
 * while holding the home: what is left there of a dead gateway is replaced.
 */
export async function listenForOwner(gateway: Pick<Gateway, "fetch" | "load">, stateFolder: string): Promise<OwnerSocket> {
  const near = join(stateFolder, "omni.sock");
  const isNear = Buffer.byteLength(near) <= mostPathBytes;
  const path = isNear ? near : join(await mkdtemp(join(tmpdir(), "omni-")), "omni.sock");
  const removeFolder = async (): Promise<void> => {
    if (!isNear) await rm(dirname(path), { recursive: true, force: true });
  };
  try {
    await removeStale(path);
    const listener = await listen(gateway, { path });
    await chmod(path, 0o600);
    return {
      path,
      port: 0,
      warm: listener.warm,
      async close(graceMs) {
        await listener.close(graceMs);
        await removeFolder();
      },
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

/** Removes the socket of a gateway that was killed. Anything but a socket is left alone, and refused. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new OmniError("gateway.bind", `${path} is in the way and is no socket; move it.`);
  await unlink(path);
}
