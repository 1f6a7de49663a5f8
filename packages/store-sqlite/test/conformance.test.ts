import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeStore } from "@omni/testkit";
import { createCountingRandom, createFakeHost } from "@omni/testkit/fakes";
import { createSqliteStore, sqliteStoreOptions } from "../src/index.ts";

describeStore("the SQLite store", async () => {
  const state = await mkdtemp(join(tmpdir(), "omni-store-"));
  const paths = { home: state, state, workspace: state };
  return {
    open: (clock) => {
      const host = createFakeHost({ paths, random: createCountingRandom() });
      return createSqliteStore(sqliteStoreOptions.parse({}), clock === undefined ? host : { ...host, clock });
    },
    dispose: () => rm(state, { recursive: true, force: true }),
  };
});
