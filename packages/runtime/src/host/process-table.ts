import { readdir, readFile } from "node:fs/promises";

/** The processes of the system, as Linux shows them. */
export interface ProcessTable {
  /** Ids of all, dead ones that nobody buried included; none where the system does not show them. */
  list(): Promise<readonly number[]>;
  /** What it shows of one, bytes as characters. Rejects with `ENOENT` or `ESRCH` once the process is gone, and with another code where it may not be looked at. */
  read(id: number, file: "stat" | "environ"): Promise<string>;
}

/** The table of this system. */
export const systemProcesses: ProcessTable = {
  async list() {
    const names = await readdir("/proc").catch(() => []);
    return names.filter((name) => /^\d+$/.test(name)).map(Number);
  },
  read: (id, file) => readFile(`/proc/${id}/${file}`, "latin1"),
};

/**
 * The table without those that are there now: what is started from here on,
 * which is few, so that looking at each takes little. One that gets the number
 * of a process of now is not in it; a system gives no number again before it
 * has gone through tens of thousands.
 */
export async function toLaterProcesses(table: ProcessTable): Promise<ProcessTable> {
  const present = new Set(await table.list());
  return { list: async () => (await table.list()).filter((id) => !present.has(id)), read: table.read };
}
