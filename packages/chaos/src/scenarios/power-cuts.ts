import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Scenario, Trial } from "../scenario.ts";
import { findUnsynced, syncTracer } from "../world/sync-trace.ts";
import { sendMessage } from "../world/send-message.ts";
import { whyNoTracer } from "../world/tracer.ts";

/** A power cut cannot be made here. What it takes is looked at instead: whether the log was synced before anything that rests on it went out. */
export const powerCuts: readonly Scenario[] = [{ id: "RL-29", title: "what must outlive a power cut is synced before it is relied on", faultClass: "kill at the k-th write", runs: [1, 20], unavailable: whyNoTracer, run: watchSyncs }];

async function watchSyncs(trial: Trial): Promise<void> {
  const world = await trial.createWorld();
  const log = join(world.folder, "trace");
  await world.start({ tracer: ["strace", "-f", "-qq", "-o", log, ...syncTracer] });
  for (const entrance of ["http", "rooms"] as const) {
    await sendMessage(world, { entrance, rounds: [["once"], ["once"]] }).taken;
    await trial.settle(world);
  }
  await world.stop();
  const { seen, unsynced } = findUnsynced(await readFile(log, "utf8"));
  for (const { what, line } of unsynced) trial.expect(false, `${what} in line ${line} of the trace rests on what is not synced`);
  trial.expect(seen.get("acknowledged") === 1 && (seen.get("effect") ?? 0) >= 4 && (seen.get("post") ?? 0) >= 1, `the steps are in the trace: ${JSON.stringify([...seen])}`);
  await world.start();
}
