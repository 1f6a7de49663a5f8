import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { measureLongSession } from "./long-session.ts";
import { measureRetainedTurns } from "./retained-turns.ts";
import { measureSlots } from "./slots.ts";
import { toTable } from "../report.ts";

/** Prints what the window costs as it grows, as a table, and as JSON into `--out FILE`. Build first: the long session runs in the built program. */
const { values } = parseArgs({ options: { out: { type: "string" }, turns: { type: "string", default: "500" } } });
const rows = [...measureSlots(), ...(await measureRetainedTurns()), ...(await measureLongSession(Number(values.turns)))];
console.log(toTable(rows));
if (values.out !== undefined) {
  const path = resolve(values.out);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(rows, null, 2)}\n`);
}
