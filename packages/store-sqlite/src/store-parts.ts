import type { Host } from "@omni/core";
import type { Checkpoints } from "./checkpoints.ts";
import type { Database, SqlDriver } from "./database.ts";
import type { Reads } from "./shared-reads.ts";
import type { Instances } from "./instances.ts";
import type { StateFolder } from "./state-folder.ts";
import type { WriteGroup } from "./write-group.ts";

/** What the parts of the store share. */
export interface StoreParts {
  readonly database: Database;
  /** For reads of a turn, which come by the dozen. */
  readonly reads: Reads;
  readonly driver: SqlDriver;
  readonly folder: StateFolder;
  readonly host: Pick<Host, "clock" | "random" | "log">;
  readonly instances: Instances;
  /** Every write of a turn, a text, a row or a document goes through it. */
  readonly writes: WriteGroup;
  readonly checkpoints: Checkpoints;
}
