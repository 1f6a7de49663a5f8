import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock, Store } from "@omni/core";
import type { Create, StorePlace } from "@omni/testkit";
import { describeStore } from "@omni/testkit";
import { createCountingRandom, createFakeHost } from "@omni/testkit/fakes";
import { createSqliteStore, sqliteStoreOptions } from "../src/index.ts";

const place: Create<StorePlace> = async () => {
  const state = await mkdtemp(join(tmpdir(), "omni-store-"));
  const open = (folder: string, clock?: Clock): Promise<Store> => {
    const host = createFakeHost({ paths: { home: folder, state: folder, workspace: folder }, random: createCountingRandom() });
    return createSqliteStore(sqliteStoreOptions.parse({}), clock === undefined ? host : { ...host, clock });
  };
  return { open: (clock) => open(state, clock), openCopy: open, dispose: () => rm(state, { recursive: true, force: true }) };
};

describeStore("the SQLite store", place, { abilities: ["backup"] });
