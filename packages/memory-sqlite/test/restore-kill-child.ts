import { restoreDatabase } from "../src/copies.ts";
import { toDatabaseFile } from "../src/database-file.ts";

// A process that dies by SIGKILL in the middle of a restore, some of the pages written.
const [path = "", copy = ""] = process.argv.slice(2);
await restoreDatabase(copy, toDatabaseFile(path), 2_000, () => {
  process.kill(process.pid, "SIGKILL");
  return 0;
});
console.log("not killed");
